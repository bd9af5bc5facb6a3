-- What stands in the way of a job of a tenant ($1), queue ($2) and type ($3) besides those before it. Reads queues, tenants and
-- unhandled_backlogs by key; workers, a row each that lives, and job_counters, which has rows for what is at work only, as a whole. What runs of
-- other tenants than $4 is told as one figure, unless that is null. A type has a limit when all workers that handle it limit it.
with serving as (
    select slots, running, $3::text = any (w.types) as handles, w.type_limits[array_position(w.limited_types, $3)] as type_limit
    from workers w
    where w.lease_until > now() and (w.tenant is null or w.tenant = $1::text) and (w.queues = '{}' or $2::text = any (w.queues))
), running as (
    select case when $4::text is null or tenant = $4 then type end as type, sum(running) as count from job_counters
    group by 1 having sum(running) > 0
), told as (
    (select * from running where type is not null order by count desc, type limit 5)
    union all
    (select * from running where type is null)
)
select coalesce((select q.paused from queues q where q.tenant = $1 and q.name = $2), false) as paused,
       coalesce((select t.state from tenants t where t.name = $1), 'active') as tenant_state,
       (select count(*) from serving) as serving,
       (select count(*) from serving where handles) as handling,
       (select coalesce(sum(slots), 0)::int8 from serving where handles) as slots,
       (select coalesce(sum(least(running, slots)), 0)::int8 from serving where handles) as running,
       (select sum(type_limit)::int8 from serving where handles having bool_and(type_limit is not null)) as type_limit,
       (select coalesce(sum(c.running), 0)::int8 from job_counters c where c.type = $3) as running_of_type,
       (select u.since from unhandled_backlogs u where u.tenant = $1 and u.queue = $2 and u.type = $3) as unhandled_since,
       (select array_agg(r.type order by r.type is null, r.count desc, r.type) from told r) as running_types,
       (select array_agg(r.count::int8 order by r.type is null, r.count desc, r.type) from told r) as running_counts
