-- Removes what all its jobs come to of a tenant, by key.
with removed as (
    delete from tenant_totals where ctid = any (array(select ctid from tenant_totals where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
