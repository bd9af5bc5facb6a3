-- Locks schedules whose waiting firing may happen, as the job before it has ended, and passes over those that another
-- scheduler has. Relies on schedules_waiting. Whether the job has ended is to be asked again once the rows are locked: a row
-- that was changed meanwhile is judged by its new job, which this statement may be too old to see.
select id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
       timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason,
       now() as taken_at
from schedules s
where not paused and not resting and waiting_at is not null and (select j.id from jobs_live j where j.id = s.last_job_id) is null
order by waiting_at limit $1::int4
for update skip locked
