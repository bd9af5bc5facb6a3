-- Removes counters of a tenant, by key.
with removed as (
    delete from job_counters where ctid = any (array(select ctid from job_counters where tenant = $1::text limit $2::int4)) returning 1
)
select count(*), null from removed
