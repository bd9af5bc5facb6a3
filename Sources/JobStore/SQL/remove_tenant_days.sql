-- Removes what its history comes to of a tenant, by key.
with removed as (
    delete from tenant_days where ctid = any (array(select ctid from tenant_days where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
