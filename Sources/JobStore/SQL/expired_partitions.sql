-- The days whose partition of jobs_finished holds nothing younger than $1 ms, oldest first.
select to_char(p.day, 'YYYYMMDD') as day
from (
    select to_date(substring(c.relname from '^jobs_finished_(\d{8})$'), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'jobs_finished'::regclass
) p
where (p.day + 1)::timestamp <= (now() at time zone 'UTC') - $1::int8 * interval '1 ms'
order by p.day
