-- Removes operations of a tenant. Reads operations_tenant.
with removed as (
    delete from operations where id = any (array(select id from operations where tenant = $1::text order by id limit $2::int4)) returning 1
)
select count(*), null from removed
