-- Removes a queue that has no job and no schedule: what was said about it, and its figures. Its tenant is locked. Reads all tables by key.
with named as (
    delete from tenant_queues where tenant = $1::text and queue = $2::text returning 1
), said as (
    delete from queues where tenant = $1 and name = $2
), counted as (
    delete from job_counters where tenant = $1 and queue = $2
), rested as (
    delete from queue_totals where tenant = $1 and queue = $2
)
update tenants set queues = queues - (select count(*) from named) where name = $1
