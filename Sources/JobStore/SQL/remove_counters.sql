-- Removes counters of a tenant, by key, and takes them off what everybody's next minute is compared with: they are not undone, but gone.
with removed as (
    delete from job_counters where ctid = any (array(select ctid from job_counters where tenant = $1::text limit $2::int4)) returning *
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
