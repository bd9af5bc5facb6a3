-- Grants a batch of claims. A claim names the run it may start; it is granted when the job is queued and that run is the
-- next one, or when the same worker was granted it before (a repeat). Whoever gets no row back is refused.
-- The worker's row is share-locked, so a claim and the end of its lease exclude each other. Reads jobs_live by key.
with asked as (
    select * from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::bool[]) as a (id, run, worker_id, wants_payload)
), leased as (
    select w.id from workers w
    where w.id in (select worker_id from asked) and w.lease_until > now()
    for key share
), claimed as (
    update jobs_live j
    set state = 'running', run = a.run, attempt = j.attempt + 1, worker_id = a.worker_id, started_at = now()
    from asked a join leased l on l.id = a.worker_id
    where j.id = a.id and j.state = 'queued' and j.run = a.run - 1
    returning j.id, j.run, j.worker_id, j.attempt, j.max_attempts, j.timeout_ms, j.tenant, j.queue,
              case when a.wants_payload then j.payload end as payload
), batches as (
    insert into claim_batches (worker_id, job_ids)
    select worker_id, array_agg(id) from claimed group by worker_id
    returning id, worker_id
), counted as (
    insert into job_counters as c (slot, tenant, queue, queued, running)
    select counter_slot(), tenant, queue, -count(*), count(*) from claimed group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        queued = c.queued + excluded.queued, running = c.running + excluded.running
)
select c.id, c.run, c.worker_id, c.attempt, c.max_attempts, c.timeout_ms, c.payload, b.id as batch_id
from claimed c join batches b using (worker_id)
union all
select j.id, j.run, j.worker_id, j.attempt, j.max_attempts, j.timeout_ms, case when a.wants_payload then j.payload end, null
from asked a join leased l on l.id = a.worker_id join jobs_live j on j.id = a.id
where j.state = 'running' and j.run = a.run and j.worker_id = a.worker_id
