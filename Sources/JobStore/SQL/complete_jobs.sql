-- Moves a batch of jobs whose run succeeded to the history. A row is moved only under its fence (id, run, worker), so an
-- outcome that comes again, or after the lease, changes nothing and is not returned.
with ended as (
    select * from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::json[]) as e (id, run, worker_id, result)
), moved as (
    delete from jobs_live j using ended e
    where j.id = any (array[e.id]) and j.run = e.run and j.worker_id = e.worker_id and j.state = 'running'
    returning j.*, e.result
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload, result)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'completed', priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload, result
    from moved
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, running, completed)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*) from moved group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        running = c.running + excluded.running, completed = c.completed + excluded.completed
)
select count(*) from moved
