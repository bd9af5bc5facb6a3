-- Adds what sessions counted to one row a backlog, one a tenant and, of the history's bytes, one a tenant and day; and removes theirs. A row
-- that a session holds, or changes just now, is left for the next time, and so is everything while another scheduler folds. Sessions that
-- count wait for what is folded meanwhile, so that it is done in steps of $1 rows; how many it were is returned.
with taken as (
    delete from job_counters where ctid = any (array(
        select ctid from job_counters
        where slot >= 0 and (select pg_try_advisory_xact_lock(20343))
        limit $1::int4 for update skip locked
    ))
    returning *
), folded as (
    insert into job_counters as c (tenant, queue, priority, type, slot, submitted, scheduled, queued, running, retrying, completed,
                                   cancelled, failed, died, dead)
    select tenant, queue, priority, type, -1, sum(submitted), sum(scheduled), sum(queued), sum(running), sum(retrying), sum(completed),
           sum(cancelled), sum(failed), sum(died), sum(dead)
    from taken group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        submitted = c.submitted + excluded.submitted, scheduled = c.scheduled + excluded.scheduled, queued = c.queued + excluded.queued,
        running = c.running + excluded.running, retrying = c.retrying + excluded.retrying,
        completed = c.completed + excluded.completed, cancelled = c.cancelled + excluded.cancelled,
        failed = c.failed + excluded.failed, died = c.died + excluded.died, dead = c.dead + excluded.dead
), named as (
    -- A queue that was removed just when another process let a job in.
    insert into tenant_queues (tenant, queue)
    select distinct t.tenant, t.queue from taken t
    left join lateral (
        select true as is_known from tenant_queues q where q.tenant = t.tenant and q.queue = t.queue limit 1
    ) k on true
    where k.is_known is null
    order by t.tenant, t.queue
    on conflict do nothing
    returning tenant
), named_of as (
    update tenants t set queues = t.queues + n.queues
    from (select tenant, count(*) as queues from named group by tenant order by tenant) n where t.name = any (array[n.tenant])
), dated as (
    insert into tenant_days as d (tenant, day, bytes)
    select tenant, (now() at time zone 'UTC')::date, sum(history) from taken group by tenant having sum(history) <> 0 order by tenant
    on conflict (tenant, day) do update set bytes = d.bytes + excluded.bytes
), totalled as (
    insert into tenant_totals as t (tenant, waiting, stored)
    select tenant, sum(scheduled + queued + retrying), sum(stored) from taken group by tenant order by tenant
    on conflict (tenant) do update set waiting = t.waiting + excluded.waiting, stored = t.stored + excluded.stored
)
select count(*) from taken
