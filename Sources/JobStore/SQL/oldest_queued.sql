-- When the oldest queued job of each of some backlogs was queued, looked for from where the last look ended. Walks
-- jobs_live_backlog.
select b.place, oldest.queued_at, now() as looked_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) with ordinality
     as b (tenant, queue, priority, type, since, place)
left join lateral (
    select j.queued_at from jobs_live j
    where j.tenant = b.tenant and j.queue = b.queue and j.priority = b.priority::job_priority and j.type = b.type
      and j.queued_at >= b.since and j.state = 'queued'
    order by j.queued_at limit 1
) oldest on true
