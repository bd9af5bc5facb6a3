-- Moves a batch of jobs whose run succeeded to the history. A row is moved only under its fence (id, run, worker), so an
-- outcome that comes again, or after the lease, changes nothing and is not returned. Each names its reporter by the place in $5; the
-- worker's row tells whose jobs alone that may be. Answers, for the figures, when all of a type and priority were started and ready, and
-- the same of the one that took longest of those whose trace is sampled, in microseconds since 1970.
with ended as (
    select e.id, e.run, e.result, ($5::uuid[])[e.place] as worker_id,
           (array(
               select case when w.id is null then '' else w.tenant end
               from unnest($5::uuid[]) with ordinality as u (id, place) left join workers w on w.id = any (array[u.id])
               order by u.place
           ))[e.place] as bound_to
    from unnest($1::uuid[], $2::int4[], $3::int4[], $4::json[]) as e (id, run, place, result)
), moved as (
    delete from jobs_live j using ended e
    where j.id = any (array[e.id]) and j.run = e.run and j.worker_id = e.worker_id and coalesce(e.bound_to, j.tenant) = j.tenant
      and j.state = 'running'
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
select type, priority::text, now(), array_agg(started_at), array_agg(coalesce(due_at, created_at)),
       min((extract(epoch from started_at) * 1000000)::int8 || ' ' || (extract(epoch from coalesce(due_at, created_at)) * 1000000)::int8
           || ' ' || trace) filter (where position(right(trace, 1) in '13579bdf') > 0)
from moved group by type, priority
