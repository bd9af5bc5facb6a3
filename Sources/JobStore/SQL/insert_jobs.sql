-- Stores a batch of new jobs. A job with an idempotency key is stored only if the key is its own; the key's row is read by key.
with submitted as (
    insert into jobs_live (id, tenant, queue, type, priority, state, payload, max_attempts, retry, timeout_ms, tags, trace, parent_id,
                           created_at, queued_at, run_at)
    select j.id, j.tenant, j.queue, j.type, j.priority::job_priority,
           case when j.run_at > now() then 'scheduled' else 'queued' end::job_state,
           j.payload, j.max_attempts, j.retry, j.timeout_ms, string_to_array(j.tags, chr(31)), j.trace, j.parent_id,
           now(), case when j.run_at > now() then null else now() end, case when j.run_at > now() then j.run_at end
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::int4[], $8::json[], $9::int8[],
                $10::text[], $11::text[], $12::timestamptz[], $13::text[], $14::uuid[])
         as j (id, tenant, queue, type, priority, payload, max_attempts, retry, timeout_ms, tags, trace, run_at, key, parent_id)
    where case when j.key is null then true
               else j.id = (select k.job_id from idempotency_keys k where k.tenant = j.tenant and k.key = j.key) end
    returning tenant, queue, priority, type, state, payload_bytes
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, submitted, scheduled, queued, stored)
    select tenant, queue, priority, type, (select counter_slot()), count(*), count(*) filter (where state = 'scheduled'),
           count(*) filter (where state = 'queued'), sum(payload_bytes)
    from submitted group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        submitted = c.submitted + excluded.submitted, scheduled = c.scheduled + excluded.scheduled,
        queued = c.queued + excluded.queued, stored = c.stored + excluded.stored
)
select now() as stored_at
