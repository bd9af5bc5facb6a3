-- Removes schedules of a tenant; what is kept of their firings goes with its age. Reads schedules_tenant.
with removed as (
    delete from schedules where id = any (array(select id from schedules where tenant = $1::text order by id limit $2::int4)) returning 1
)
select count(*), null from removed
