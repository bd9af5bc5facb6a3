-- The backlogs that have jobs which a live worker could run: not paused, and of a type that it has a handler for. Sums the counters,
-- which has rows for what is at work only. $1 narrows it to a tenant and $2 to a queue.
select c.tenant, c.queue, c.priority::text, c.type
from (
    select tenant, queue, priority, type from job_counters
    where ($1::text is null or tenant = $1) and ($2::text is null or queue = $2)
    group by tenant, queue, priority, type having sum(queued) > 0
) c
where not coalesce((select q.paused from queues q where q.tenant = c.tenant and q.name = c.queue), false)
  and coalesce((select t.state from tenants t where t.name = c.tenant), 'active') = 'active'
  and exists (
      select from workers w
      where (w.tenant is null or w.tenant = c.tenant) and (w.queues = '{}' or c.queue = any (w.queues)) and c.type = any (w.types)
  )
limit $3::int4
