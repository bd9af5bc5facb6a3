-- Stores a new schedule, unless its tenant has one of that name.
insert into schedules (id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority, payload, max_attempts,
                       retry, timeout_ms, tags, settled_at, next_at, created_at, updated_at, firings)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::text,
        ($10::text)::job_priority, $11::json, $12::int4, $13::json, $14::int8, $15::text[], $16::timestamptz,
        $17::timestamptz, $16, $16, $18::int4)
on conflict (tenant, name) do nothing
returning id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
          timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason
