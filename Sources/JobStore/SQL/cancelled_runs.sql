-- The runs of some workers whose jobs were cancelled and that have not ended yet. Relies on jobs_live_cancelling, which
-- is all but empty. A worker hears of its tenant's jobs alone.
select j.id, j.run, j.worker_id from jobs_live j
where j.cancel_requested_at is not null and j.worker_id = any ($1::uuid[])
  and exists (select from workers w where w.id = any (array[j.worker_id]) and coalesce(w.tenant, j.tenant) = j.tenant)
