-- Records failed attempts under their fence. A job that was cancelled meanwhile ends so. Any other waits the delay for its next
-- attempt or, when that is pointless ($7) or none is left, moves to the dead letters. The rows are locked first, so that what is
-- seen of a cancellation here is what holds when they are written. Each names its reporter by the place in $9; the worker's row tells
-- whose jobs alone that may be. The fingerprint is that of ErrorFingerprint: $8 is the normalised error.
with failed as (
    select f.*, ($9::uuid[])[f.place] as worker_id,
           (array(
               select case when w.id is null then '' else w.tenant end
               from unnest($9::uuid[]) with ordinality as u (id, place) left join workers w on w.id = any (array[u.id])
               order by u.place
           ))[f.place] as bound_to
    from unnest($1::uuid[], $2::int4[], $3::int4[], $4::text[], $5::text[], $6::int8[], $7::bool[], $8::text[])
         as f (id, run, place, kind, error, delay_ms, is_final, normalised)
), held as (
    select f.*,
           case when j.cancel_requested_at is not null then 'cancelled'
                when f.is_final or j.attempt >= j.max_attempts then 'dead' else 'retrying' end as became,
           case when f.is_final then 'discarded' else 'attempts_exhausted' end as reason,
           left(encode(sha256(convert_to(j.type, 'UTF8') || '\x00'::bytea || convert_to(f.kind, 'UTF8') || '\x00'::bytea
                              || convert_to(f.normalised, 'UTF8')), 'hex'), 16) as fingerprint
    from failed f join jobs_live j on j.id = any (array[f.id])
    where j.run = f.run and j.worker_id = f.worker_id and coalesce(f.bound_to, j.tenant) = j.tenant and j.state = 'running'
    for update of j
), retried as (
    update jobs_live j
    set state = 'retrying', run_at = now() + h.delay_ms * interval '1 ms', queued_at = null, error = h.error
    from held h
    where j.id = any (array[h.id]) and h.became = 'retrying'
    returning j.*, h.kind, h.error as last_error, h.reason, h.fingerprint, h.became
), moved as (
    delete from jobs_live j using held h
    where j.id = any (array[h.id]) and h.became <> 'retrying'
    returning j.*, h.kind, h.error as last_error, h.reason, h.fingerprint, h.became
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload, reason, kind,
                           fingerprint)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, priority, tenant, queue, type, tags, trace, parent_id, last_error, retry, payload, reason, kind, fingerprint
    from moved where became = 'dead'
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'cancelled', priority, tenant, queue, type, tags, trace, parent_id, last_error, retry, payload
    from moved where became = 'cancelled'
), ended as (
    select * from retried union all select * from moved
), recorded as (
    insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
    select id, run, attempt, worker_id, started_at, now(), kind, last_error from ended
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, running, retrying, failed, cancelled, died, dead)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*) filter (where became = 'retrying'), count(*),
           count(*) filter (where became = 'cancelled'), count(*) filter (where became = 'dead'),
           count(*) filter (where became = 'dead')
    from ended group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        running = c.running + excluded.running, retrying = c.retrying + excluded.retrying,
        failed = c.failed + excluded.failed, cancelled = c.cancelled + excluded.cancelled,
        died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select became, id, tenant, queue, type, priority::text, run, attempt, max_attempts, worker_id, created_at,
       now() as died_at, reason, kind, last_error as error, fingerprint, started_at, coalesce(due_at, created_at) as ready_at, trace
from ended
