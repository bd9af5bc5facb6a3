-- Writes what the minute that has just passed came to: what was counted since the last row, whichever scheduler wrote that. Everybody's
-- row, those of the $1 tenants (everybody's among them) and of the $2 queues of which most has changed; the others' come later, with all that they have counted. Does
-- nothing when the minute was written before. Should minutes have passed unwritten, the row says how many; should the clock have been set
-- back, what was counted since is added to the row that is there. Sums job_counters and queue_totals, a row each queue that was
-- ever used, once a minute; the bases are as many, and read by key.
with keeping as (
    select closed, date_trunc('minute', now()) - interval '1 minute' as minute from figure_keeping where only_row for update
), due as (
    select minute, case when minute > closed then least(extract(epoch from minute - closed) / 60, 1500)::int4 else 1 end as minutes
    from keeping where minute <> closed
), figures as (
    select coalesce(tenant, '') as tenant, coalesce(queue, '') as queue, coalesce(sum(submitted), 0)::int8 as submitted,
           coalesce(sum(completed), 0)::int8 as completed, coalesce(sum(failed), 0)::int8 as failed,
           coalesce(sum(died), 0)::int8 as died, coalesce(sum(cancelled), 0)::int8 as cancelled,
           coalesce(sum(queued), 0)::int8 as queued, coalesce(sum(running), 0)::int8 as running
    from counters where (select minute from due) is not null
    group by grouping sets ((tenant, queue), (tenant), ())
), compared as (
    select f.*, coalesce(b.submitted, 0) as submitted_before, coalesce(b.completed, 0) as completed_before,
           coalesce(b.failed, 0) as failed_before, coalesce(b.died, 0) as died_before, coalesce(b.cancelled, 0) as cancelled_before,
           coalesce(b.queued, 0) as queued_before, coalesce(b.running, 0) as running_before
    from figures f
    left join lateral (select * from minute_bases where tenant = f.tenant and queue = f.queue limit 1) b on true
), changed as (
    select *, row_number() over (
               partition by queue = ''
               order by tenant = '' desc, abs(submitted - submitted_before) + abs(completed - completed_before) + abs(failed - failed_before)
                        + abs(died - died_before) + abs(cancelled - cancelled_before) desc, tenant, queue
           ) as place
    from compared
    where (submitted, completed, failed, died, cancelled, queued, running)
       is distinct from (submitted_before, completed_before, failed_before, died_before, cancelled_before, queued_before, running_before)
), told as (
    select c.*, d.minute, d.minutes from changed c cross join due d
    where c.place <= case when c.queue = '' then $1::int4 else $2::int4 end
), based as (
    insert into minute_bases (tenant, queue, submitted, completed, failed, died, cancelled, queued, running)
    select tenant, queue, submitted, completed, failed, died, cancelled, queued, running from told order by tenant, queue
    on conflict (tenant, queue) do update set
        submitted = excluded.submitted, completed = excluded.completed, failed = excluded.failed, died = excluded.died,
        cancelled = excluded.cancelled, queued = excluded.queued, running = excluded.running
), written as (
    -- What was removed with a queue or a tenant counts as nothing, not as less than that.
    insert into minute_figures as m (tenant, queue, minute, minutes, submitted, completed, failed, died, cancelled, queued, running,
                                     queued_before, running_before)
    select tenant, queue, minute, minutes, greatest(0, submitted - submitted_before), greatest(0, completed - completed_before),
           greatest(0, failed - failed_before), greatest(0, died - died_before), greatest(0, cancelled - cancelled_before),
           queued, running, queued_before, running_before
    from told order by tenant, queue
    on conflict (tenant, queue, minute) do update set
        submitted = m.submitted + excluded.submitted, completed = m.completed + excluded.completed,
        failed = m.failed + excluded.failed, died = m.died + excluded.died, cancelled = m.cancelled + excluded.cancelled,
        queued = excluded.queued, running = excluded.running
), closing as (
    update figure_keeping k set closed = d.minute from due d where k.only_row
)
select count(*) from told
