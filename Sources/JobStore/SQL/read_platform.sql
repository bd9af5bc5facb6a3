-- How many queues there are, of a tenant ($1) or in all, how many of them are paused, how many workers have a lease, how many slots these have
-- and use. Sums tenants, a row each, and reads the workers and what was said about queues.
select (select coalesce(sum(t.queues), 0)::int8 from tenants t where $1::text is null or t.name = $1) as queues,
       (select count(*) from queues q where q.paused and ($1::text is null or q.tenant = $1)) as paused_queues,
       w.workers, w.slots, w.used
from (
    select count(*) as workers, coalesce(sum(slots), 0)::int8 as slots, coalesce(sum(running), 0)::int8 as used
    from workers where lease_until > now() and ($1::text is null or tenant is null or tenant = $1)
) w
