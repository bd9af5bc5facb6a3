-- Sends dead letters round again: their attempts start anew, their runs and their history go on. Without $2 they are queued
-- at once; with it job number n (the first of this batch being number $3) is scheduled for that time plus n times $4 s.
with chosen as (
    select id, ordinality from unnest($1::uuid[]) with ordinality as c (id, ordinality)
), moved as (
    delete from jobs_dead d using chosen c where d.id = any (array[c.id]) and ($5::text is null or d.tenant = $5)
    returning d.*, $2::timestamptz + (c.ordinality - 1 + $3::int8) * $4::float8 * interval '1 s' as run_at
), revived as (
    insert into jobs_live (id, created_at, queued_at, run_at, started_at, worker_id, run, attempt, max_attempts, timeout_ms,
                           state, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload, due_at)
    select id, created_at, case when run_at is null then now() end, run_at, started_at, worker_id, run, 0, max_attempts,
           timeout_ms, case when run_at is null then 'queued' else 'scheduled' end::job_state, priority, tenant, queue,
           type, tags, trace, parent_id, error, retry, payload, coalesce(run_at, now())
    from moved
    returning id, run, state, tenant, queue, priority, type, trace, queued_at
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, dead, queued, scheduled)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*) filter (where state = 'queued'),
           count(*) filter (where state = 'scheduled')
    from revived group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        dead = c.dead + excluded.dead, queued = c.queued + excluded.queued, scheduled = c.scheduled + excluded.scheduled
)
select id, state = 'queued' as queued, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at
from revived
