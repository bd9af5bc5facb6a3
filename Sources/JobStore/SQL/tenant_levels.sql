-- How many jobs of each of some tenants wait, and how many bytes they have on record: what was folded, read by key, and what sessions
-- counted since, on job_counters_unfolded.
select a.place, (coalesce(t.waiting, 0) + coalesce(u.waiting, 0))::int8 as waiting,
       (coalesce(t.stored, 0) + coalesce(u.stored, 0))::int8 as stored
from unnest($1::text[]) with ordinality as a (tenant, place)
left join lateral (select waiting, stored from tenant_totals where tenant = any (array[a.tenant])) t on true
left join lateral (
    select sum(scheduled + queued + retrying) as waiting, sum(stored) as stored
    from job_counters where tenant = a.tenant and slot >= 0
) u on true
