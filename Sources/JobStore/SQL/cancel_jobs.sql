-- Cancels jobs that are in one of some states. Those that wait move to the history; those that run are marked, and the job-services are
-- told which run of which worker is to be stopped. The rows are locked first, so that a claim or an outcome comes either before or after.
with target as (
    select id, state from jobs_live
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and ($3::text[] is null or state::text = any ($3))
    order by id
    for update
), moved as (
    delete from jobs_live j using target t where j.id = any (array[t.id]) and t.state <> 'running'
    returning j.*
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'cancelled', priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload
    from moved
), marked as (
    update jobs_live j set cancel_requested_at = coalesce(j.cancel_requested_at, now())
    from target t where j.id = any (array[t.id]) and t.state = 'running'
    returning j.id, j.run, j.worker_id, j.type, j.tenant
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, scheduled, queued, retrying, cancelled, history)
    select tenant, queue, priority, type, (select counter_slot()), -count(*) filter (where state = 'scheduled'),
           -count(*) filter (where state = 'queued'), -count(*) filter (where state = 'retrying'), count(*), sum(payload_bytes)
    from moved group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        scheduled = c.scheduled + excluded.scheduled, queued = c.queued + excluded.queued,
        retrying = c.retrying + excluded.retrying, cancelled = c.cancelled + excluded.cancelled,
        history = c.history + excluded.history
)
select id, tenant, true as is_cancelled, type, null as told from moved
union all
select id, tenant, false, type, pg_notify('qf_cancellations', worker_id || ' ' || id || ' ' || run)::text from marked
