-- Queues the jobs whose time has come, earliest first, each taken by one scheduler only. Relies on jobs_live_due. A row that
-- is locked here stays where it is until it is updated, so its place is the quickest way back to it. There is no join, which
-- a planner that expects few rows would make a slow one of.
with due as (
    select ctid as place, state as before from jobs_live
    where run_at <= now()
    order by run_at limit $1::int4
    for update skip locked
), scheduled as (
    update jobs_live
    set state = 'queued', queued_at = now(), due_at = case when run = 0 then run_at else due_at end, run_at = null
    where ctid = any (array(select place from due where before = 'scheduled'))
    returning *
), retrying as (
    update jobs_live set state = 'queued', queued_at = now(), run_at = null
    where ctid = any (array(select place from due where before = 'retrying'))
    returning *
), queued as (
    select 1 as scheduled, 0 as retrying, * from scheduled
    union all
    select 0, 1, * from retrying
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, queued, scheduled, retrying)
    select tenant, queue, priority, type, (select counter_slot()), count(*), -sum(scheduled), -sum(retrying)
    from queued group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        queued = c.queued + excluded.queued, scheduled = c.scheduled + excluded.scheduled,
        retrying = c.retrying + excluded.retrying
)
select id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at
from queued
