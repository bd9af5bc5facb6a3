-- Gives unfinished runs back under their fence: the attempt is returned, the run number is not. Without a delay the job
-- is queued at once, with one (a snooze) it is scheduled.
with released as (
    update jobs_live j
    set state = case when r.delay_ms is null then 'queued' else 'scheduled' end::job_state,
        attempt = j.attempt - 1,
        worker_id = null,
        started_at = null,
        queued_at = case when r.delay_ms is null then now() end,
        run_at = now() + r.delay_ms * interval '1 ms'
    from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::int8[]) as r (id, run, worker_id, delay_ms)
    where j.id = r.id and j.run = r.run and j.worker_id = r.worker_id and j.state = 'running'
    returning j.*
), counted as (
    insert into job_counters as c (slot, tenant, queue, running, queued, scheduled)
    select counter_slot(), tenant, queue, -count(*), count(*) filter (where state = 'queued'),
           count(*) filter (where state = 'scheduled')
    from released group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        running = c.running + excluded.running, queued = c.queued + excluded.queued,
        scheduled = c.scheduled + excluded.scheduled
)
select id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at, state = 'queued' as queued, run,
       case when octet_length(payload::text) <= $5::int4 then payload end as payload
from released
