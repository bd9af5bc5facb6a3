-- Jobs that run for a worker without a lease. Reads all of jobs_live: made only when the counters say that there are any.
select j.id, j.worker_id from jobs_live j
where j.state = 'running' and not exists (select from workers w where w.id = j.worker_id)
limit $1::int4
