-- A page of schedules, newest first. Walks the key, or a tenant's part of schedules_tenant, backwards from the cursor.
select id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
       timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason
from schedules
where ($1::text is null or tenant = $1) and ($2::uuid is null or id < $2)
order by id desc limit $3::int4
