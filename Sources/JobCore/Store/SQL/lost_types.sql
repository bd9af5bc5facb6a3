-- The types of a lost worker's running jobs. Reads jobs_live by key.
select distinct type from jobs_live where id = any ($2::uuid[]) and worker_id = $1::uuid and state = 'running'
