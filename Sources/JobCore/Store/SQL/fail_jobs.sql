-- Records failed attempts under their fence. A job that was called off meanwhile is cancelled. Any other waits the delay for
-- its next attempt or, without one, moves to the dead letters for the reason given. The rows are locked first, so that what is
-- seen of a calling off here is what holds when they are written.
with failed as (
    select * from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::text[], $5::text[], $6::int8[], $7::text[], $8::text[])
             as f (id, run, worker_id, kind, error, delay_ms, reason, fingerprint)
), held as (
    select f.*, j.cancel_requested_at is not null as called_off
    from failed f join jobs_live j on j.id = f.id
    where j.run = f.run and j.worker_id = f.worker_id and j.state = 'running'
    for update of j
), retried as (
    update jobs_live j
    set state = 'retrying', run_at = now() + h.delay_ms * interval '1 ms', queued_at = null, error = h.error
    from held h
    where j.id = h.id and h.delay_ms is not null and not h.called_off
    returning j.*, h.kind, h.error as last_error, null as reason, null as fingerprint, 'retrying' as became
), moved as (
    delete from jobs_live j using held h
    where j.id = h.id and (h.delay_ms is null or h.called_off)
    returning j.*, h.kind, h.error as last_error, h.reason, h.fingerprint,
              case when h.called_off then 'cancelled' else 'dead' end as became
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, error, retry, payload, reason, kind,
                           fingerprint)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, priority, tenant, queue, type, tags, trace, last_error, retry, payload, reason, kind, fingerprint
    from moved where became = 'dead'
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, error, retry, payload)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'cancelled', priority, tenant, queue, type, tags, trace, last_error, retry, payload
    from moved where became = 'cancelled'
), ended as (
    select * from retried union all select * from moved
), recorded as (
    insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
    select id, run, attempt, worker_id, started_at, now(), kind, last_error from ended
), counted as (
    insert into job_counters as c (slot, tenant, queue, running, retrying, failed, cancelled, died, dead)
    select counter_slot(), tenant, queue, -count(*), count(*) filter (where became = 'retrying'), count(*),
           count(*) filter (where became = 'cancelled'), count(*) filter (where became = 'dead'),
           count(*) filter (where became = 'dead')
    from ended group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        running = c.running + excluded.running, retrying = c.retrying + excluded.retrying,
        failed = c.failed + excluded.failed, cancelled = c.cancelled + excluded.cancelled,
        died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select became, id, tenant, queue, type, priority::text, run, attempt, max_attempts, worker_id, created_at,
       now() as died_at, reason, kind, last_error as error, fingerprint
from ended
