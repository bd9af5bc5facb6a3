-- Adds what sessions counted to one row a backlog, and removes theirs. A row that a session holds, or changes just now, is left for the next
-- time, and so is everything while another scheduler folds.
with taken as (
    delete from job_counters where ctid = any (array(
        select ctid from job_counters
        where slot >= 0 and (select pg_try_advisory_xact_lock(20343))
        limit $1::int4 for update skip locked
    ))
    returning *
)
insert into job_counters as c (tenant, queue, priority, type, slot, submitted, scheduled, queued, running, retrying, completed,
                               cancelled, failed, died, dead)
select tenant, queue, priority, type, -1, sum(submitted), sum(scheduled), sum(queued), sum(running), sum(retrying), sum(completed),
       sum(cancelled), sum(failed), sum(died), sum(dead)
from taken group by tenant, queue, priority, type order by tenant, queue, priority, type
on conflict (tenant, queue, priority, type, slot) do update set
    submitted = c.submitted + excluded.submitted, scheduled = c.scheduled + excluded.scheduled, queued = c.queued + excluded.queued,
    running = c.running + excluded.running, retrying = c.retrying + excluded.retrying,
    completed = c.completed + excluded.completed, cancelled = c.cancelled + excluded.cancelled,
    failed = c.failed + excluded.failed, died = c.died + excluded.died, dead = c.dead + excluded.dead
