-- Removes notes of types without a handler of a tenant, by key.
with removed as (
    delete from unhandled_backlogs where ctid = any (array(select ctid from unhandled_backlogs where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
