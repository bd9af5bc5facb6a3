-- The figures of all queues of a tenant, or of every tenant.
select coalesce(sum(submitted), 0)::int8 as submitted, coalesce(sum(scheduled), 0)::int8 as scheduled,
       coalesce(sum(queued), 0)::int8 as queued, coalesce(sum(running), 0)::int8 as running,
       coalesce(sum(retrying), 0)::int8 as retrying, coalesce(sum(completed), 0)::int8 as completed,
       coalesce(sum(cancelled), 0)::int8 as cancelled, coalesce(sum(failed), 0)::int8 as failed,
       coalesce(sum(died), 0)::int8 as died, coalesce(sum(dead), 0)::int8 as dead
from counters where $1::text is null or tenant = $1
