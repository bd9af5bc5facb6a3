-- The figures of all queues together, in a row without a name, and of some queues: those of $1 and $2, and the $3 with most to do. Sums
-- job_counters, which has rows for what is at work only, and queue_totals, a row each queue that was ever used. The figures of the queues
-- that are told of are read by key, and how long the oldest queued job waits on jobs_live_backlog.
with told as (
    select * from unnest($1::text[], $2::text[]) as t (tenant, name)
    union
    (select tenant, queue from job_counters group by tenant, queue
     order by sum(scheduled + queued + running + retrying) desc, sum(submitted) desc, tenant, queue limit $3::int4)
)
select null as tenant, null as name, false as paused, null::int8 as max_depth,
       coalesce(sum(submitted), 0)::int8 as submitted, coalesce(sum(scheduled), 0)::int8 as scheduled,
       coalesce(sum(queued), 0)::int8 as queued, coalesce(sum(running), 0)::int8 as running,
       coalesce(sum(retrying), 0)::int8 as retrying, coalesce(sum(completed), 0)::int8 as completed,
       coalesce(sum(cancelled), 0)::int8 as cancelled, coalesce(sum(failed), 0)::int8 as failed,
       coalesce(sum(died), 0)::int8 as died, coalesce(sum(dead), 0)::int8 as dead, null::int8 as oldest_age_ms,
       (select count(*) from workers where lease_until > now()) as workers,
       (select count(*) from queues where paused) as paused_queues
from counters
union all
select t.tenant, t.name, coalesce(q.paused, false), q.max_depth, f.*,
       (extract(epoch from now() - oldest.queued_at) * 1000)::int8,
       (select count(*) from workers w
        where w.lease_until > now() and (w.tenant is null or w.tenant = t.tenant) and (w.queues = '{}' or t.name = any (w.queues))), 0
from told t
left join lateral (
    select k.paused, k.max_depth from queues k where k.tenant = t.tenant and k.name = t.name limit 1
) q on true
cross join lateral (
    select coalesce(sum(submitted), 0)::int8, coalesce(sum(scheduled), 0)::int8, coalesce(sum(queued), 0)::int8,
           coalesce(sum(running), 0)::int8, coalesce(sum(retrying), 0)::int8, coalesce(sum(completed), 0)::int8,
           coalesce(sum(cancelled), 0)::int8, coalesce(sum(failed), 0)::int8, coalesce(sum(died), 0)::int8,
           coalesce(sum(dead), 0)::int8
    from counters c where c.tenant = t.tenant and c.queue = t.name
) f (submitted, scheduled, queued, running, retrying, completed, cancelled, failed, died, dead)
left join lateral (
    select min(first.queued_at) as queued_at
    from (
        select priority, type from job_counters c where c.tenant = t.tenant and c.queue = t.name
        group by priority, type having sum(queued) > 0
    ) b
    cross join lateral (
        select j.queued_at from jobs_live j
        where j.tenant = t.tenant and j.queue = t.name and j.priority = b.priority and j.type = b.type
          and j.queued_at is not null and j.state = 'queued'
        order by j.queued_at limit 1
    ) first
) oldest on true
