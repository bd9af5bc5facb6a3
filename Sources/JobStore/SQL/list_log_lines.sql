-- The log lines of a job, the newest first. Walks job_logs by key.
select run, number, at, level, message from job_logs
where job_id = $1::uuid and ($2::int4 is null or run = $2) order by run desc, number desc limit $3::int4
