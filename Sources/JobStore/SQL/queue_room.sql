-- Which of some queues a tenant does not have yet, and how many it has and may have. Reads tenant_queues and tenants by key.
select array(
           select a.queue from unnest($2::text[]) as a (queue)
           where (select true from tenant_queues q where q.tenant = $1::text and q.queue = a.queue) is null
       ) as new, coalesce(t.queues, 0) as queues, t.limits::text as limits
from (select $1 as name) n left join tenants t on t.name = any (array[n.name])
