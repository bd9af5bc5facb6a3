-- How long, in seconds, until the next job is due; null when none waits. Relies on jobs_live_due.
select (
    select extract(epoch from run_at - clock_timestamp()) from jobs_live where run_at is not null order by run_at limit 1
)::float8 as seconds
