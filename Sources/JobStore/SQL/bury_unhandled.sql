-- Moves jobs to the dead letters that have waited longer than $1 ms in a backlog that nobody has had a handler for so long. A worker
-- that has come with one since that was noted last keeps them. Walks jobs_live_backlog. The fingerprint is that of ErrorFingerprint for the error's normalised text, $4.
with old as (
    select j.id from unhandled_backlogs b
    cross join lateral unnest(enum_range(null::job_priority)) as p (priority)
    cross join lateral (
        select id from jobs_live
        where tenant = b.tenant and queue = b.queue and priority = p.priority and type = b.type
          and queued_at < now() - $1::int8 * interval '1 ms' and state = 'queued'
        order by queued_at limit $2::int4 for update skip locked
    ) j
    where b.since < now() - $1::int8 * interval '1 ms'
      and not exists (
          select from workers w
          where (w.tenant is null or w.tenant = b.tenant) and (w.queues = '{}' or b.queue = any (w.queues)) and b.type = any (w.types)
      )
    limit $2::int4
), moved as (
    delete from jobs_live j using old o where j.id = any (array[o.id])
    returning j.*, left(encode(sha256(convert_to(j.type, 'UTF8') || '\x006e6f5f68616e646c657200'::bytea || convert_to($4::text, 'UTF8')),
                               'hex'), 16) as fingerprint
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload, reason, kind,
                           fingerprint)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts, timeout_ms, priority, tenant,
           queue, type, tags, trace, parent_id, $3::text, retry, payload, 'unhandled', 'no_handler', fingerprint
    from moved
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, queued, died, dead)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*), count(*)
    from moved group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        queued = c.queued + excluded.queued, died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select id, run, tenant, queue, priority::text, type, attempt, max_attempts, worker_id, created_at, now() as died_at,
       'unhandled' as reason, 'no_handler' as kind, $3::text as error, fingerprint
from moved
