-- How many jobs may run and wait in each of some queues. Reads job_counters by key, one row for each of its 64 slots.
select a.place, coalesce(sum(c.queued), 0)::int8 as queued
from unnest($1::text[], $2::text[]) with ordinality as a (tenant, queue, place)
cross join generate_series(0, 63) as s
left join job_counters c on c.slot = s::smallint and c.tenant = a.tenant and c.queue = a.queue
group by a.place
