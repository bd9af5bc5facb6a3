-- Removes queues of a tenant, by key.
with removed as (
    delete from tenant_queues where ctid = any (array(select ctid from tenant_queues where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
