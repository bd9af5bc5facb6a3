-- Removes idempotency keys of a tenant, by key.
with removed as (
    delete from idempotency_keys where ctid = any (array(select ctid from idempotency_keys where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
