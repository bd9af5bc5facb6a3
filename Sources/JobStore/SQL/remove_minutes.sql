-- Removes what became of a tenant's jobs by the minute, by key: a step of each table, until nothing is left in any.
with figures as (
    delete from minute_figures where ctid = any (array(select ctid from minute_figures where tenant = $1::text limit $2::int4)) returning 1
), waits as (
    delete from minute_waits where ctid = any (array(select ctid from minute_waits where tenant = $1 limit $2)) returning 1
), bases as (
    delete from minute_bases where ctid = any (array(select ctid from minute_bases where tenant = $1 limit $2)) returning 1
)
select (select count(*) from figures) + (select count(*) from waits) + (select count(*) from bases), null
