-- Removes a queue that has no job and no schedule: what was said about it, its figures and their history; and takes them off what the next
-- minutes of its tenant and of everybody are compared with. Its tenant is locked. Reads all tables by key.
with named as (
    delete from tenant_queues where tenant = $1::text and queue = $2::text returning 1
), said as (
    delete from queues where tenant = $1 and name = $2
), counted as (
    delete from job_counters where tenant = $1 and queue = $2 returning submitted, completed, failed, died, cancelled
), rested as (
    delete from queue_totals where tenant = $1 and queue = $2 returning submitted, completed, failed, died, cancelled
), gone as (
    select sum(submitted) as submitted, sum(completed) as completed, sum(failed) as failed, sum(died) as died,
           sum(cancelled) as cancelled
    from (select * from counted union all select * from rested) c having count(*) > 0
), lowered as (
    update minute_bases b
    set submitted = b.submitted - g.submitted, completed = b.completed - g.completed, failed = b.failed - g.failed,
        died = b.died - g.died, cancelled = b.cancelled - g.cancelled
    from gone g where b.tenant = any (array['', $1]) and b.queue = ''
), told as (
    delete from minute_figures where tenant = $1 and queue = $2
), waited as (
    delete from minute_waits where tenant = $1 and queue = $2
), based as (
    delete from minute_bases where tenant = $1 and queue = $2
)
update tenants set queues = queues - (select count(*) from named) where name = $1
