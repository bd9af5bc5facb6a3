-- Removes the attempts, notes and log lines of the next jobs of one day's partition, in the order of their ids. Answers how far it came;
-- nothing when it is through. Reads one partition's key.
with day as (
    select to_date($1::text, 'YYYYMMDD')::timestamp at time zone 'UTC' as first
), jobs as (
    select f.id from jobs_finished f
    where f.finished_at >= (select first from day) and f.finished_at < (select first + interval '1 day' from day)
      and f.id > $2::uuid
    order by f.id limit $3::int4
), removed as (
    delete from job_attempts a using jobs j where a.job_id = any (array[j.id])
), notes as (
    delete from job_notes n using jobs j where n.job_id = any (array[j.id])
), logs as (
    delete from job_logs l using jobs j where l.job_id = any (array[j.id])
)
select id from jobs order by id desc limit 1
