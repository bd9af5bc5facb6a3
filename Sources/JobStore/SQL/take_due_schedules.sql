-- Locks schedules that are due, earliest first, and passes over those that another scheduler has. Relies on schedules_due.
select id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
       timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason,
       now() as taken_at
from schedules
where not paused and not resting and next_at <= now()
order by next_at limit $1::int4
for update skip locked
