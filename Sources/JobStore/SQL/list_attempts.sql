-- A job's attempts that did not succeed, newest first. Walks job_attempts backwards by key.
select run, attempt, worker_id, started_at, ended_at, kind, error from job_attempts
where job_id = $1::uuid order by run desc limit $2::int4
