-- Notes which backlogs no live worker has a handler for, though some serve their queue, and forgets those that one has now, or that
-- are gone. What waits in a paused queue, or in one that no worker serves at all, waits for something else. Answers how many jobs wait
-- so, by type.
with waiting as (
    select tenant, queue, type, sum(queued) as queued from job_counters group by tenant, queue, type having sum(queued) > 0
), unhandled as (
    select w.* from waiting w
    where not exists (
        select from workers x
        where (x.tenant is null or x.tenant = w.tenant) and (x.queues = '{}' or w.queue = any (x.queues)) and w.type = any (x.types)
    ) and exists (
        select from workers x
        where (x.tenant is null or x.tenant = w.tenant) and (x.queues = '{}' or w.queue = any (x.queues))
    ) and not coalesce((select q.paused from queues q where q.tenant = w.tenant and q.name = w.queue), false)
), forgotten as (
    delete from unhandled_backlogs b
    where (b.tenant, b.queue, b.type) not in (select tenant, queue, type from unhandled)
), noted as (
    insert into unhandled_backlogs (tenant, queue, type) select tenant, queue, type from unhandled order by 1, 2, 3
    on conflict do nothing
)
select type, sum(queued)::int8 as queued from unhandled group by type order by sum(queued) desc, type limit $1::int4
