-- What event streams tell of some jobs, wherever their states keep them. Reads each table by key.
select j.*, n.run as progress_run, n.progress, n.message, n.progressed_at
from (
    select id, tenant, queue, type, priority::text, state::text, run, attempt, error, worker_id
    from jobs where id = any ($1::uuid[])
) j left join job_notes n on n.job_id = any (array[j.id])
