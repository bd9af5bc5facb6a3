-- For how many seconds the oldest job of a tenant waits for a worker, without paused queues. Groups the tenant's part of job_counters, which has
-- rows for what is at work only; walks jobs_live_backlog for each of $2 backlogs, those that have most, where at most the running jobs of a
-- backlog stand before it.
select extract(epoch from now() - min(first.queued_at))::float8 as seconds
from (
    select c.tenant, c.queue, c.priority, c.type from job_counters c
    where c.tenant = $1::text
      and not coalesce((select q.paused from queues q where q.tenant = $1 and q.name = c.queue), false)
    group by c.tenant, c.queue, c.priority, c.type having sum(c.queued) > 0
    order by sum(c.queued) desc limit $2::int4
) b
cross join lateral (
    select j.queued_at from jobs_live j
    where j.tenant = b.tenant and j.queue = b.queue and j.priority = b.priority and j.type = b.type
      and j.queued_at is not null and j.state = 'queued'
    order by j.queued_at limit 1
) first
