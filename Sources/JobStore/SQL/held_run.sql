-- A run that a worker holds: whose job it is, and the trace of its submission. Reads jobs_live by key.
select tenant, trace from jobs_live where id = $1::uuid and run = $2::int4 and worker_id = $3::uuid and state = 'running'
