-- Changes a job that waits and is locked, by key. What is null stays, but for tags, timeout and retry, which a flag before them sets.
-- $12 is the priority that it had, $13 by how many bytes its payload becomes longer.
with changed as (
    update jobs_live set
        payload = coalesce($2::json, payload), tags = case when $3::bool then $4::text[] else tags end,
        max_attempts = coalesce($5::int4, max_attempts), timeout_ms = case when $6::bool then $7::int8 else timeout_ms end,
        retry = case when $8::bool then $9::json else retry end, run_at = coalesce($10::timestamptz, run_at),
        priority = coalesce($11::text::job_priority, priority)
    where id = $1::uuid
    returning id, run, tenant, queue, priority, type, state, trace, queued_at
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, scheduled, queued, retrying, stored)
    select tenant, queue, priority, type, (select counter_slot()), coalesce(sum(jobs) filter (where state = 'scheduled'), 0),
           coalesce(sum(jobs) filter (where state = 'queued'), 0), coalesce(sum(jobs) filter (where state = 'retrying'), 0), sum(longer)
    from (
        select tenant, queue, priority, type, state, 1 as jobs, $13::int8 as longer from changed
        union all
        select tenant, queue, $12::text::job_priority, type, state, -1, 0 from changed
    ) p
    group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        scheduled = c.scheduled + excluded.scheduled, queued = c.queued + excluded.queued, retrying = c.retrying + excluded.retrying,
        stored = c.stored + excluded.stored
)
select id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at from changed
