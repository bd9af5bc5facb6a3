-- How long, in seconds, until the next job is due; null when none waits. Relies on jobs_live_due.
select extract(epoch from min(run_at) - clock_timestamp())::float8 as seconds from jobs_live where run_at is not null
