-- Queues the jobs whose time has come, earliest first, each taken by one scheduler only. Relies on jobs_live_due. A row that
-- is locked here stays where it is until it is updated, so its place is the quickest way back to it.
with due as (
    select ctid as place, state as before from jobs_live
    where run_at <= now()
    order by run_at limit $1::int4
    for update skip locked
), queued as (
    update jobs_live j set state = 'queued', queued_at = now(), run_at = null
    from due where j.ctid = due.place
    returning j.id, j.run + 1 as next_run, j.tenant, j.queue, j.priority::text, j.type, j.trace, j.queued_at,
              case when octet_length(j.payload::text) <= $2::int4 then j.payload end as payload, due.before
), counted as (
    insert into job_counters as c (slot, tenant, queue, queued, scheduled, retrying)
    select counter_slot(), tenant, queue, count(*), -count(*) filter (where before = 'scheduled'),
           -count(*) filter (where before = 'retrying')
    from queued group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        queued = c.queued + excluded.queued, scheduled = c.scheduled + excluded.scheduled,
        retrying = c.retrying + excluded.retrying
)
select id, next_run, tenant, queue, priority, type, trace, queued_at, payload from queued
