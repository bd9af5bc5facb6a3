-- Removes old jobs that no daily partition covers, with their attempts, notes and log lines. Reads the default partition, which is empty
-- unless the scheduler was away for days.
with old as (
    select id, finished_at from jobs_finished_default
    where finished_at < now() - $1::int8 * interval '1 ms' limit $2::int4 for update skip locked
), removed as (
    delete from jobs_finished_default f using old o where f.id = any (array[o.id]) and f.finished_at = o.finished_at returning f.id
), attempts as (
    delete from job_attempts a using removed r where a.job_id = any (array[r.id])
), notes as (
    delete from job_notes n using removed r where n.job_id = any (array[r.id])
), logs as (
    delete from job_logs l using removed r where l.job_id = any (array[r.id])
)
select count(*) from removed
