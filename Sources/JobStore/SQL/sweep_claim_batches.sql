-- Removes old claim batches none of whose jobs is still running for the worker: what a worker could not close itself
-- because its job-service or the database went away at the wrong moment.
delete from claim_batches b
where b.claimed_at < now() - $1::int8 * interval '1 ms'
and not exists (
    select from jobs_live j where j.id = any (b.job_ids) and j.state = 'running' and j.worker_id = b.worker_id
)
