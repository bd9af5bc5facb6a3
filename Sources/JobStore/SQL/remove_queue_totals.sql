-- Removes what queues come to of a tenant, by key, and takes it off what everybody's next minute is compared with.
with removed as (
    delete from queue_totals where ctid = any (array(select ctid from queue_totals where tenant = $1::text limit $2::int4)) returning *
), lowered as (
    update minute_bases b
    set submitted = b.submitted - r.submitted, completed = b.completed - r.completed, failed = b.failed - r.failed,
        died = b.died - r.died, cancelled = b.cancelled - r.cancelled
    from (
        select sum(submitted) as submitted, sum(completed) as completed, sum(failed) as failed, sum(died) as died,
               sum(cancelled) as cancelled
        from removed having count(*) > 0
    ) r
    where b.tenant = '' and b.queue = ''
)
select count(*), null from removed
