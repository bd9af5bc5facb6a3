-- The figures of the queues of some tenants ($1), a page for each; of all tenants when that is null, and then pages are so small that no
-- tenant's queues take the place of another's. Tenants are found by their first queue, one after the other, by key.
with recursive found (tenant, number) as (
    select least((select min(tenant) from job_counters), (select min(tenant) from queue_totals), (select min(tenant) from queues)), 1
    where $1::text[] is null
    union all
    select least((select min(c.tenant) from job_counters c where c.tenant > f.tenant),
                 (select min(t.tenant) from queue_totals t where t.tenant > f.tenant),
                 (select min(q.tenant) from queues q where q.tenant > f.tenant)), f.number + 1
    from found f where f.tenant is not null and f.number < $2::int4
), whose as (
    select unnest($1) as tenant
    union all
    select tenant from found where tenant is not null
), share as (
    select case when $1 is null then greatest(1, $2 / greatest(1, (select count(*) from whose))) else $2 end as size
)
select w.tenant, p.name, coalesce(q.paused, false) as paused, q.max_depth, f.*, null::int8 as oldest_age_ms
from whose w
cross join lateral (
    select name from (
        (select c.queue as name from job_counters c where c.tenant = w.tenant
         group by c.queue order by c.queue limit (select size from share))
        union
        (select t.queue from queue_totals t where t.tenant = w.tenant order by t.queue limit (select size from share))
        union
        (select k.name from queues k where k.tenant = w.tenant order by k.name limit (select size from share))
    ) known
    order by name limit (select size from share)
) p
left join lateral (
    select k.paused, k.max_depth from queues k where k.tenant = w.tenant and k.name = p.name limit 1
) q on true
cross join lateral (
    select coalesce(sum(submitted), 0)::int8 as submitted, coalesce(sum(scheduled), 0)::int8 as scheduled,
           coalesce(sum(queued), 0)::int8 as queued, coalesce(sum(running), 0)::int8 as running,
           coalesce(sum(retrying), 0)::int8 as retrying, coalesce(sum(completed), 0)::int8 as completed,
           coalesce(sum(cancelled), 0)::int8 as cancelled, coalesce(sum(failed), 0)::int8 as failed,
           coalesce(sum(died), 0)::int8 as died, coalesce(sum(dead), 0)::int8 as dead
    from counters c where c.tenant = w.tenant and c.queue = p.name
) f
order by w.tenant, p.name
