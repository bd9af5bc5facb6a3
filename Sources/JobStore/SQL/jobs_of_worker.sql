-- What a worker runs, those first that began first, with how far their handlers said they are. Relies on claim_batches_worker; jobs_live and
-- job_notes are read by key.
select j.id, j.type, j.queue, j.tenant, j.started_at, j.attempt, n.run as progress_run, n.progress, n.message, n.progressed_at
from (
    select distinct u.id from claim_batches b cross join lateral unnest(b.job_ids) as u (id) where b.worker_id = $1::uuid
) h
cross join lateral (select * from jobs_live l where l.id = h.id and l.worker_id = $1 and l.state = 'running' limit 1) j
left join lateral (select * from job_notes n where n.job_id = j.id limit 1) n on true
order by j.started_at, j.id limit $2::int4
