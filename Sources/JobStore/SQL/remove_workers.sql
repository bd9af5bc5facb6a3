-- Removes leases of a tenant, by key.
with removed as (
    delete from workers where ctid = any (array(select ctid from workers where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
