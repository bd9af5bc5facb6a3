-- One job, wherever its state keeps it, with what its handler said of it. Reads each table by key.
select j.*, n.run as progress_run, n.progress, n.message, n.progressed_at
from (
    select id, tenant, queue, type, priority::text, state::text, run, attempt, max_attempts, timeout_ms, tags, retry, payload,
           created_at, queued_at, run_at, started_at, finished_at, worker_id, error, result, reason, cancel_requested_at,
           parent_id, trace
    from jobs where id = $1::uuid and ($2::text is null or tenant = $2)
) j left join job_notes n on n.job_id = j.id
