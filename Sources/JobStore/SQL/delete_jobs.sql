-- Removes jobs that do not run, and are in one of some states, for ever: with their attempts and what their handlers said. Each table is read
-- by key. The bytes of finished ones are taken out of the day that they were counted on, so that they are not taken out once more with it.
with waiting as (
    select id from jobs_live
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and ($3::text[] is null or state::text = any ($3))
      and state <> 'running'
    order by id
    for update
), live as (
    delete from jobs_live j using waiting w where j.id = any (array[w.id])
    returning j.id, j.tenant, j.queue, j.priority, j.type, j.state, j.payload_bytes as bytes, null::date as day
), dead as (
    delete from jobs_dead
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and ($3::text[] is null or 'dead' = any ($3))
    returning id, tenant, queue, priority, type, 'dead'::job_state as state, octet_length(payload::text) as bytes, null::date as day
), finished as (
    delete from jobs_finished
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and ($3::text[] is null or state::text = any ($3))
    returning id, tenant, queue, priority, type, state, octet_length(payload::text) + coalesce(octet_length(result::text), 0) as bytes,
              (finished_at at time zone 'UTC')::date as day
), removed as (
    select * from live union all select * from dead union all select * from finished
), forgotten as (
    delete from job_attempts a using removed r where a.job_id = any (array[r.id])
), unnoted as (
    delete from job_notes n using removed r where n.job_id = any (array[r.id])
), unlogged as (
    delete from job_logs l using removed r where l.job_id = any (array[r.id])
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, scheduled, queued, retrying, dead, stored)
    select tenant, queue, priority, type, (select counter_slot()), -count(*) filter (where state = 'scheduled'),
           -count(*) filter (where state = 'queued'), -count(*) filter (where state = 'retrying'), -count(*) filter (where state = 'dead'),
           -sum(bytes)
    from removed group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        scheduled = c.scheduled + excluded.scheduled, queued = c.queued + excluded.queued, retrying = c.retrying + excluded.retrying,
        dead = c.dead + excluded.dead, stored = c.stored + excluded.stored
), dated as (
    insert into tenant_days as d (tenant, day, bytes)
    select tenant, day, -sum(bytes) from finished group by tenant, day order by tenant, day
    on conflict (tenant, day) do update set bytes = d.bytes + excluded.bytes
)
select id, tenant, state::text as state from removed
