-- What the retry decision needs to know of runs that failed. Reads jobs_live by key.
select j.id, j.run, j.type, j.attempt, j.max_attempts, j.retry
from unnest($1::uuid[], $2::int4[], $3::uuid[]) as e (id, run, worker_id)
join jobs_live j on j.id = e.id and j.run = e.run and j.worker_id = e.worker_id and j.state = 'running'
