-- Pauses or resumes a schedule. What is so already stays as it is.
update schedules set
    paused = $3::boolean, version = version + (paused <> $3)::int4,
    updated_at = case when paused <> $3 then clock_timestamp() else updated_at end
where id = $1::uuid and ($2::text is null or tenant = $2)
returning id, tenant, name, cron, timezone, missed_runs, overlap, type, queue, priority::text, payload, max_attempts, retry,
          timeout_ms, tags, paused, settled_at, next_at, waiting_at, last_at, last_job_id, created_at, updated_at, version,
       skipped, skipped_at, skipped_reason
