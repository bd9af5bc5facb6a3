-- One schedule, which nobody else changes until the transaction ends.
select id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
       timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason
from schedules where id = $1::uuid and ($2::text is null or tenant = $2)
for update
