-- One job, wherever its state keeps it. Reads each table by key.
select id, tenant, queue, type, priority::text, state::text, run, attempt, max_attempts, timeout_ms, tags, retry, payload,
       created_at, queued_at, run_at, started_at, finished_at, worker_id, error, result, reason, cancel_requested_at
from jobs where id = $1::uuid and ($2::text is null or tenant = $2)
