-- What became of jobs in the last $3 whole minutes, oldest first, by key.
select minute, minutes, submitted, completed, failed, died, cancelled, queued, running, queued_before, running_before
from minute_figures
where tenant = $1::text and queue = $2::text and minute >= date_trunc('minute', now()) - $3::int4 * interval '1 minute'
  and minute < date_trunc('minute', now())
order by minute
