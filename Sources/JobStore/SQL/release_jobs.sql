-- Gives unfinished runs back under their fence: the attempt is returned, the run number is not. Without a delay the job is queued
-- in the place it had, with one (a snooze) it is scheduled. A job that was cancelled meanwhile ends so. The rows are locked
-- first, so that what is seen of a cancellation here is what holds when they are written. Each names its reporter by the place in $5;
-- the worker's row tells whose jobs alone that may be.
with given_back as (
    select r.*, ($5::uuid[])[r.place] as worker_id,
           (array(
               select case when w.id is null then '' else w.tenant end
               from unnest($5::uuid[]) with ordinality as u (id, place) left join workers w on w.id = any (array[u.id])
               order by u.place
           ))[r.place] as bound_to
    from unnest($1::uuid[], $2::int4[], $3::int4[], $4::int8[]) as r (id, run, place, delay_ms)
), held as (
    select r.*, j.cancel_requested_at is not null as is_cancelled
    from given_back r join jobs_live j on j.id = any (array[r.id])
    where j.run = r.run and j.worker_id = r.worker_id and coalesce(r.bound_to, j.tenant) = j.tenant and j.state = 'running'
    for update of j
), released as (
    update jobs_live j
    set state = case when h.delay_ms is null then 'queued' else 'scheduled' end::job_state,
        attempt = j.attempt - 1,
        worker_id = null,
        started_at = null,
        queued_at = case when h.delay_ms is null then j.queued_at end,
        run_at = now() + h.delay_ms * interval '1 ms'
    from held h where j.id = any (array[h.id]) and not h.is_cancelled
    returning j.*, j.state::text as became
), moved as (
    delete from jobs_live j using held h where j.id = any (array[h.id]) and h.is_cancelled
    returning j.*, 'cancelled' as became
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'cancelled', priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload
    from moved
), ended as (
    select * from released union all select * from moved
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, running, queued, scheduled, cancelled, history)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*) filter (where became = 'queued'),
           count(*) filter (where became = 'scheduled'), count(*) filter (where became = 'cancelled'),
           coalesce(sum(payload_bytes) filter (where became = 'cancelled'), 0)
    from ended group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        running = c.running + excluded.running, queued = c.queued + excluded.queued,
        scheduled = c.scheduled + excluded.scheduled, cancelled = c.cancelled + excluded.cancelled,
        history = c.history + excluded.history
)
select became, id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at from ended
