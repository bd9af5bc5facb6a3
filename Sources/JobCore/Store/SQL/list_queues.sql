-- A page of queues with their figures, in the order of tenant and name: those that were ever used and those somebody
-- configured. The figures come from the counters; how long the oldest queued job waits from jobs_live_topic, where at most
-- the running jobs of a topic stand before it.
with counted as (
    select tenant, queue, sum(submitted)::int8 as submitted, sum(scheduled)::int8 as scheduled, sum(queued)::int8 as queued,
           sum(running)::int8 as running, sum(retrying)::int8 as retrying, sum(completed)::int8 as completed,
           sum(cancelled)::int8 as cancelled, sum(failed)::int8 as failed, sum(died)::int8 as died, sum(dead)::int8 as dead
    from job_counters where $1::text is null or tenant = $1
    group by tenant, queue
), page as (
    select coalesce(c.tenant, q.tenant) as tenant, coalesce(c.queue, q.name) as name, q.paused, q.max_depth, c.submitted,
           c.scheduled, c.queued, c.running, c.retrying, c.completed, c.cancelled, c.failed, c.died, c.dead
    from counted c
    full join (select * from queues where $1::text is null or tenant = $1) q on q.tenant = c.tenant and q.name = c.queue
    where $2::text is null or (coalesce(c.tenant, q.tenant), coalesce(c.queue, q.name)) > ($2, $3::text)
    order by 1, 2 limit $4::int4
)
select p.tenant, p.name, coalesce(p.paused, false) as paused, p.max_depth, coalesce(p.submitted, 0) as submitted,
       coalesce(p.scheduled, 0) as scheduled, coalesce(p.queued, 0) as queued, coalesce(p.running, 0) as running,
       coalesce(p.retrying, 0) as retrying, coalesce(p.completed, 0) as completed, coalesce(p.cancelled, 0) as cancelled,
       coalesce(p.failed, 0) as failed, coalesce(p.died, 0) as died, coalesce(p.dead, 0) as dead,
       (extract(epoch from now() - oldest.queued_at) * 1000)::int8 as oldest_age_ms
from page p
left join lateral (
    select min(first.queued_at) as queued_at
    from unnest(enum_range(null::job_priority)) as priority
    cross join lateral (
        select j.queued_at from jobs_live j
        where j.tenant = p.tenant and j.queue = p.name and j.priority = priority and j.queued_at is not null
          and j.state = 'queued'
        order by j.queued_at limit 1
    ) first
) oldest on p.queued > 0
order by p.tenant, p.name
