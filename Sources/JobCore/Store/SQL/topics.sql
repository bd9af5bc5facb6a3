-- Every topic there is, and whether its queue is paused.
select t.id, t.tenant, t.queue, t.priority::text, t.partitions, coalesce(q.paused, false) as paused
from topics t left join queues q on q.tenant = t.tenant and q.name = t.queue
order by t.id
