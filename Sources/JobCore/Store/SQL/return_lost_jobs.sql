-- Takes a lost worker's running jobs back: queued again while attempts are left, dead otherwise, cancelled when they were
-- called off. It counts as an attempt. $5 and $6 say which fingerprint the jobs of a type get.
with lost as (
    select j.id,
           case when j.cancel_requested_at is not null then 'cancelled'
                when j.attempt < j.max_attempts then 'queued' else 'dead' end as became
    from jobs_live j
    where j.id = any ($2::uuid[]) and j.worker_id = $1::uuid and j.state = 'running'
    for update
), requeued as (
    update jobs_live j set state = 'queued', queued_at = now(), error = $3::text
    from lost l where j.id = l.id and l.became = 'queued'
    returning j.*, l.became
), moved as (
    delete from jobs_live j using lost l where j.id = l.id and l.became <> 'queued'
    returning j.*, l.became
), buried as (
    insert into jobs_dead (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                           timeout_ms, priority, tenant, queue, type, tags, trace, error, retry, payload, reason, kind,
                           fingerprint)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, priority, tenant, queue, type, tags, trace, $3::text, retry, payload, 'attempts_exhausted', 'lost',
           f.fingerprint
    from moved join unnest($5::text[], $6::text[]) as f (type, fingerprint) using (type)
    where became = 'dead'
), finished as (
    insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, worker_id, run, attempt, max_attempts,
                               timeout_ms, state, priority, tenant, queue, type, tags, trace, error, retry, payload)
    select id, created_at, queued_at, started_at, now(), worker_id, run, attempt, max_attempts,
           timeout_ms, 'cancelled', priority, tenant, queue, type, tags, trace, $3::text, retry, payload
    from moved where became = 'cancelled'
), ended as (
    select * from requeued union all select * from moved
), recorded as (
    insert into job_attempts (job_id, run, attempt, worker_id, started_at, ended_at, kind, error)
    select id, run, attempt, $1::uuid, started_at, now(), 'lost', $3::text from ended
), counted as (
    insert into job_counters as c (slot, tenant, queue, running, queued, failed, cancelled, died, dead)
    select counter_slot(), tenant, queue, -count(*), count(*) filter (where became = 'queued'), count(*),
           count(*) filter (where became = 'cancelled'), count(*) filter (where became = 'dead'),
           count(*) filter (where became = 'dead')
    from ended group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        running = c.running + excluded.running, queued = c.queued + excluded.queued, failed = c.failed + excluded.failed,
        cancelled = c.cancelled + excluded.cancelled, died = c.died + excluded.died, dead = c.dead + excluded.dead
)
select became, id, run, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at,
       case when became = 'queued' and octet_length(payload::text) <= $4::int4 then payload end as payload,
       attempt, max_attempts, worker_id, created_at, now() as died_at, 'attempts_exhausted' as reason, 'lost' as kind,
       $3::text as error, f.fingerprint
from ended join unnest($5::text[], $6::text[]) as f (type, fingerprint) using (type)
