-- Writes a schedule anew. What it owes and what waits stays as the caller says.
update schedules set
    name = $2::text, cron = $3::text, timezone = $4::text, missed_runs = $5::text, overlap = $6::text, type = $7::text,
    queue = $8::text, priority = ($9::text)::job_priority, payload = $10::json, max_attempts = $11::int4, retry = $12::json,
    timeout_ms = $13::int8, tags = $14::text[], settled_at = $15::timestamptz, next_at = $16::timestamptz, firings = $17::int4,
    updated_at = clock_timestamp(), version = version + 1
where id = $1::uuid
returning id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
          timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason
