-- How much waits in some queues, how much of it their tenants have in all, and how much there may be. Reads all tables by key.
select a.place, q.max_depth, t.limits::text as limits, d.waiting as queued, (coalesce(f.waiting, 0) + coalesce(u.waiting, 0))::int8 as waiting,
       (coalesce(f.stored, 0) + coalesce(u.stored, 0))::int8 as stored
from unnest($1::text[], $2::text[]) with ordinality as a (tenant, queue, place)
left join lateral (select max_depth from queues where tenant = a.tenant and name = a.queue limit 1) q on true
left join lateral (select limits from tenants where name = any (array[a.tenant])) t on true
left join lateral (
    select coalesce(sum(queued + scheduled + retrying), 0)::int8 as waiting from job_counters where tenant = a.tenant and queue = a.queue
) d on true
left join lateral (select waiting, stored from tenant_totals where tenant = any (array[a.tenant])) f on true
left join lateral (
    select sum(scheduled + queued + retrying) as waiting, sum(stored) as stored
    from job_counters where tenant = a.tenant and slot >= 0
) u on true
