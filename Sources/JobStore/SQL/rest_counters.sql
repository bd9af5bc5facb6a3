-- Adds the rows of backlogs of which nothing is left to do to their queue's totals. Follows fold_counters in its transaction; whether
-- a session has counted since, the sums decide.
with resting as (
    delete from job_counters c
    where c.slot = -1 and c.scheduled = 0 and c.queued = 0 and c.running = 0 and c.retrying = 0
      and (select pg_try_advisory_xact_lock(20343))
    returning c.*
)
insert into queue_totals as t (tenant, queue, submitted, completed, cancelled, failed, died, dead)
select tenant, queue, sum(submitted), sum(completed), sum(cancelled), sum(failed), sum(died), sum(dead)
from resting group by tenant, queue order by tenant, queue
on conflict (tenant, queue) do update set
    submitted = t.submitted + excluded.submitted, completed = t.completed + excluded.completed,
    cancelled = t.cancelled + excluded.cancelled, failed = t.failed + excluded.failed, died = t.died + excluded.died,
    dead = t.dead + excluded.dead
