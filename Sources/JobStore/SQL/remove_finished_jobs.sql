-- Removes those of the next finished jobs, in the order of their ids, that are a tenant's, with their attempts, notes and log lines. Answers
-- how far it came; nothing when it is through. Walks the key from there.
with looked as (
    select id, finished_at, tenant from jobs_finished where id > $2::uuid order by id limit $3::int4
), removed as (
    delete from jobs_finished j using looked l where l.tenant = $1::text and j.id = any (array[l.id]) and j.finished_at = l.finished_at returning j.id
), attempts as (
    delete from job_attempts a using removed r where a.job_id = any (array[r.id])
), notes as (
    delete from job_notes n using removed r where n.job_id = any (array[r.id])
), logs as (
    delete from job_logs g using removed r where g.job_id = any (array[r.id])
)
select (select count(*) from removed) as removed, (select id from looked order by id desc limit 1) as last
