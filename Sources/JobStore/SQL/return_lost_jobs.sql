-- Takes running jobs back whose worker is gone: queued again in their place while attempts are left, dead otherwise, cancelled when
-- that was asked. It counts as an attempt. $4 is the normalised error, from which the fingerprint of ErrorFingerprint is made.
with lost as (
    select j.id,
           case when j.cancel_requested_at is not null then 'cancelled'
                when j.attempt < j.max_attempts then 'queued' else 'dead' end as became,
           left(encode(sha256(convert_to(j.type, 'UTF8') || '\x006c6f737400'::bytea || convert_to($4::text, 'UTF8')), 'hex'), 16)
               as fingerprint
    from unnest($1::uuid[], $2::uuid[]) as l (id, worker_id) join jobs_live j on j.id = any (array[l.id])
    where j.worker_id = l.worker_id and j.state = 'running'
    for update of j
), requeued as (
    update jobs_live j set state = 'queued', error = $3::text
    from lost l where j.id = any (array[l.id]) and l.became = 'queued'
    returning j.*, l.became, l.fingerprint
), moved as (
    delete from jobs_live j using lost l where j.id = any (array[l.id]) and l.became <> 'queued'
    returning j.*, l.became, l.fingerprint
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload, reason, kind,
                           fingerprint)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts, timeout_ms, priority, tenant,
           queue, type, tags, trace, parent_id, $3::text, retry, payload, 'attempts_exhausted', 'lost', fingerprint
    from moved where became = 'dead'
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, parent_id, error, retry, payload)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'cancelled', priority, tenant, queue, type, tags, trace, parent_id, $3::text, retry, payload
    from moved where became = 'cancelled'
), ended as (
    select * from requeued union all select * from moved
), recorded as (
    insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
    select id, run, attempt, worker_id, started_at, now(), 'lost', $3::text from ended
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, running, queued, failed, cancelled, died, dead)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*) filter (where became = 'queued'), count(*),
           count(*) filter (where became = 'cancelled'), count(*) filter (where became = 'dead'),
           count(*) filter (where became = 'dead')
    from ended group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        running = c.running + excluded.running, queued = c.queued + excluded.queued, failed = c.failed + excluded.failed,
        cancelled = c.cancelled + excluded.cancelled, died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select became, id, run, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at, attempt, max_attempts,
       worker_id, created_at, now() as died_at, 'attempts_exhausted' as reason, 'lost' as kind, $3::text as error, fingerprint,
       started_at, coalesce(due_at, created_at) as ready_at
from ended
