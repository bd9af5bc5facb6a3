-- Removes dead letters of a tenant with their attempts, notes and log lines. Reads jobs_dead_tenant.
with removed as (
    delete from jobs_dead where id = any (array(
        select id from jobs_dead where tenant = $1::text limit $2::int4
    ))
    returning id
), attempts as (
    delete from job_attempts a using removed r where a.job_id = any (array[r.id])
), notes as (
    delete from job_notes n using removed r where n.job_id = any (array[r.id])
), logs as (
    delete from job_logs g using removed r where g.job_id = any (array[r.id])
)
select count(*), null from removed
