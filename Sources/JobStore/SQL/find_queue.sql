-- What was said about a queue; a queue that was only used has version 0. Reads all tables by key.
select coalesce(q.paused, false) as paused, q.max_depth, coalesce(q.version, 0) as version, q.updated_at
from (select $1::text as tenant, $2::text as name) as a
left join queues q on q.tenant = a.tenant and q.name = a.name
where q.name is not null
   or exists (select from queue_totals t where t.tenant = a.tenant and t.queue = a.name)
   or exists (select from job_counters c where c.tenant = a.tenant and c.queue = a.name)
