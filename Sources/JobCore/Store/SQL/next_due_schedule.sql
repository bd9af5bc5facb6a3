-- How long, in seconds, until the next schedule is due; null when none is. Relies on schedules_due.
select extract(epoch from min(next_at) - clock_timestamp())::float8 as seconds
from schedules where next_at is not null and not paused
