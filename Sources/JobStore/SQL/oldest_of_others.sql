-- How long the oldest queued job waits in $7 of the backlogs that have some, those after the backlog $1 to $4, without the queues of $5 and $6
-- and those that are paused; and the last of these backlogs. Groups job_counters, which has rows for what is at work only; walks
-- jobs_live_backlog for each backlog.
with page as (
    select tenant, queue, priority, type from job_counters
    where (tenant, queue, priority, type) > ($1::text, $2::text, $3::job_priority, $4::text)
    group by tenant, queue, priority, type having sum(queued) > 0
    order by tenant, queue, priority, type limit $7::int4
), found as (
    select min(first.queued_at) as queued_at from page p
    cross join lateral (
        select j.queued_at from jobs_live j
        where j.tenant = p.tenant and j.queue = p.queue and j.priority = p.priority and j.type = p.type
          and j.queued_at is not null and j.state = 'queued'
        order by j.queued_at limit 1
    ) first
    where (p.tenant, p.queue) not in (select k.tenant, k.queue from unnest($5::text[], $6::text[]) as k (tenant, queue))
      and not coalesce((select q.paused from queues q where q.tenant = p.tenant and q.name = p.queue), false)
)
select l.tenant, l.queue, l.priority::text, l.type, (select count(*) from page) as backlogs,
       (extract(epoch from now() - f.queued_at) * 1000)::int8 as oldest_age_ms
from found f
left join lateral (select * from page order by tenant desc, queue desc, priority desc, type desc limit 1) l on true
