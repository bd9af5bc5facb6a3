-- What was said about a queue, and its figures; a queue that was only used has version 0. Reads all tables by key.
select coalesce(q.paused, false) as paused, q.max_depth, coalesce(q.version, 0) as version, q.updated_at, f.*
from (select $1::text as tenant, $2::text as name) as a
left join queues q on q.tenant = a.tenant and q.name = a.name
cross join lateral (
    select coalesce(sum(submitted), 0)::int8 as submitted, coalesce(sum(scheduled), 0)::int8 as scheduled,
           coalesce(sum(queued), 0)::int8 as queued, coalesce(sum(running), 0)::int8 as running,
           coalesce(sum(retrying), 0)::int8 as retrying, coalesce(sum(completed), 0)::int8 as completed,
           coalesce(sum(cancelled), 0)::int8 as cancelled, coalesce(sum(failed), 0)::int8 as failed,
           coalesce(sum(died), 0)::int8 as died, coalesce(sum(dead), 0)::int8 as dead
    from counters c where c.tenant = a.tenant and c.queue = a.name
) f
where q.name is not null
   or exists (select from queue_totals t where t.tenant = a.tenant and t.queue = a.name)
   or exists (select from job_counters c where c.tenant = a.tenant and c.queue = a.name)
