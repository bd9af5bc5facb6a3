-- A page of queues with their figures, in the order of tenant and name: those that were ever used and those somebody configured. Which
-- they are is read by key from each of the three tables, a page of each, and their figures by key, too. How long the oldest queued job
-- waits is found on jobs_live_backlog, where at most the running jobs of a backlog stand before it.
with page as (
    select tenant, name from (
        (select tenant, queue as name from job_counters
         where ($1::text is null or tenant = $1) and ($2::text is null or (tenant, queue) > ($2, $3::text))
         group by tenant, queue order by tenant, queue limit $4::int4)
        union
        (select tenant, queue from queue_totals
         where ($1::text is null or tenant = $1) and ($2::text is null or (tenant, queue) > ($2, $3::text))
         order by tenant, queue limit $4::int4)
        union
        (select tenant, name from queues
         where ($1::text is null or tenant = $1) and ($2::text is null or (tenant, name) > ($2, $3::text))
         order by tenant, name limit $4::int4)
    ) k
    order by tenant, name limit $4::int4
)
select p.tenant, p.name, coalesce(q.paused, false) as paused, q.max_depth, f.*,
       (extract(epoch from now() - oldest.queued_at) * 1000)::int8 as oldest_age_ms
from page p
left join queues q on q.tenant = p.tenant and q.name = p.name
cross join lateral (
    select coalesce(sum(submitted), 0)::int8 as submitted, coalesce(sum(scheduled), 0)::int8 as scheduled,
           coalesce(sum(queued), 0)::int8 as queued, coalesce(sum(running), 0)::int8 as running,
           coalesce(sum(retrying), 0)::int8 as retrying, coalesce(sum(completed), 0)::int8 as completed,
           coalesce(sum(cancelled), 0)::int8 as cancelled, coalesce(sum(failed), 0)::int8 as failed,
           coalesce(sum(died), 0)::int8 as died, coalesce(sum(dead), 0)::int8 as dead
    from counters c where c.tenant = p.tenant and c.queue = p.name
) f
left join lateral (
    select min(first.queued_at) as queued_at
    from (
        select priority, type from job_counters c where c.tenant = p.tenant and c.queue = p.name
        group by priority, type having sum(queued) > 0
    ) b
    cross join lateral (
        select j.queued_at from jobs_live j
        where j.tenant = p.tenant and j.queue = p.name and j.priority = b.priority and j.type = b.type
          and j.queued_at is not null and j.state = 'queued'
        order by j.queued_at limit 1
    ) first
) oldest on f.queued > 0
order by p.tenant, p.name
