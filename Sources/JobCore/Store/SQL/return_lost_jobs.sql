-- Takes a lost worker's running jobs back: queued again while attempts are left, dead otherwise. It counts as an attempt.
with lost as (
    select j.id from jobs_live j
    where j.id = any ($2::uuid[]) and j.worker_id = $1::uuid and j.state = 'running'
    for update
), requeued as (
    update jobs_live j set state = 'queued', queued_at = now(), error = $3::text
    from lost where j.id = lost.id and j.attempt < j.max_attempts
    returning j.*
), moved as (
    delete from jobs_live j using lost where j.id = lost.id and j.attempt >= j.max_attempts
    returning j.*
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, error, retry, payload, reason)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, priority, tenant, queue, type, tags, trace, $3::text, retry, payload, 'attempts_exhausted'
    from moved
), ended as (
    select id, run, attempt, started_at, tenant, queue, true as requeued from requeued
    union all
    select id, run, attempt, started_at, tenant, queue, false from moved
), recorded as (
    insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
    select id, run, attempt, $1::uuid, started_at, now(), 'lost', $3::text from ended
), counted as (
    insert into job_counters as c (slot, tenant, queue, running, queued, failed, died, dead)
    select counter_slot(), tenant, queue, -count(*), count(*) filter (where requeued), count(*),
           count(*) filter (where not requeued), count(*) filter (where not requeued)
    from ended group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        running = c.running + excluded.running, queued = c.queued + excluded.queued, failed = c.failed + excluded.failed,
        died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at,
       case when octet_length(payload::text) <= $4::int4 then payload end as payload
from requeued
