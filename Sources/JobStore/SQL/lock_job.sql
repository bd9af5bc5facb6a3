-- Locks a job that is not done, by key.
select id from jobs_live where id = $1::uuid and ($2::text is null or tenant = $2) for update
