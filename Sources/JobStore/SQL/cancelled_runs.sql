-- The runs of some workers whose jobs were cancelled and that have not ended yet. Relies on jobs_live_cancelling, which
-- is all but empty.
select id, run, worker_id from jobs_live where cancel_requested_at is not null and worker_id = any ($1::uuid[])
