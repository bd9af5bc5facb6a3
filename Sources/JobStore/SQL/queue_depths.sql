-- How many jobs may run and wait in each of some queues. Reads job_counters by key.
select a.place, coalesce((select sum(c.queued) from job_counters c where c.tenant = a.tenant and c.queue = a.queue), 0)::int8 as queued
from unnest($1::text[], $2::text[]) with ordinality as a (tenant, queue, place)
