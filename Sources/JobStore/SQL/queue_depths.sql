-- How many jobs wait in each of some queues: for a worker, for their time or for their next attempt. Reads job_counters by key.
select a.place,
       coalesce((select sum(c.queued + c.scheduled + c.retrying) from job_counters c where c.tenant = a.tenant and c.queue = a.queue), 0)::int8
           as waiting
from unnest($1::text[], $2::text[]) with ordinality as a (tenant, queue, place)
