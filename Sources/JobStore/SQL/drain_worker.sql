-- Asks a worker that holds a lease to take no more jobs, by key, and tells the job-services of it.
with draining as (
    update workers set draining = true where id = $1::uuid and lease_until > now() returning id, name
)
select name, pg_notify('qf_drains', id::text)::text as told from draining
