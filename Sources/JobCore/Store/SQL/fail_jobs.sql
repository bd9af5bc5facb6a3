-- Records failed attempts under their fence. With a run_at the job waits there for its next attempt; without one it moves
-- to the dead letters for the reason given.
with failed as (
    select * from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::text[], $5::text[], $6::int8[], $7::text[])
             as f (id, run, worker_id, kind, error, delay_ms, reason)
), retried as (
    update jobs_live j
    set state = 'retrying', run_at = now() + f.delay_ms * interval '1 ms', queued_at = null, error = f.error
    from failed f
    where j.id = f.id and j.run = f.run and j.worker_id = f.worker_id and j.state = 'running' and f.delay_ms is not null
    returning j.id, j.run, j.attempt, j.worker_id, j.started_at, j.tenant, j.queue, f.kind, f.error
), moved as (
    delete from jobs_live j using failed f
    where j.id = f.id and j.run = f.run and j.worker_id = f.worker_id and j.state = 'running' and f.delay_ms is null
    returning j.*, f.kind, f.error as last_error, f.reason
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, error, retry, payload, reason)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, priority, tenant, queue, type, tags, trace, last_error, retry, payload, reason
    from moved
), ended as (
    select id, run, attempt, worker_id, started_at, tenant, queue, kind, error, true as retrying from retried
    union all
    select id, run, attempt, worker_id, started_at, tenant, queue, kind, last_error, false from moved
), recorded as (
    insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
    select id, run, attempt, worker_id, started_at, now(), kind, error from ended
), counted as (
    insert into job_counters as c (slot, tenant, queue, running, retrying, failed, died, dead)
    select counter_slot(), tenant, queue, -count(*), count(*) filter (where retrying), count(*),
           count(*) filter (where not retrying), count(*) filter (where not retrying)
    from ended group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        running = c.running + excluded.running, retrying = c.retrying + excluded.retrying,
        failed = c.failed + excluded.failed, died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select id, run, retrying from ended
