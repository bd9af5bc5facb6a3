-- Removes what is older than a day is shown for, $1 rows of each table at most, on minute_figures_minute and minute_waits_minute.
with figures as (
    delete from minute_figures where ctid = any (array(
        select ctid from minute_figures where minute < now() - interval '25 hours' order by minute limit $1::int4
    ))
    returning 1
), waits as (
    delete from minute_waits where ctid = any (array(
        select ctid from minute_waits where minute < now() - interval '25 hours' order by minute limit $1
    ))
    returning 1
)
select (select count(*) from figures) + (select count(*) from waits)
