-- Queues jobs that wait for their time or their backoff, and are in one of some states.
with waiting as (
    select id, state as before from jobs_live
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and ($3::text[] is null or state::text = any ($3))
      and state in ('scheduled', 'retrying')
    order by id
    for update
), queued as (
    update jobs_live j
    set state = 'queued', queued_at = now(), run_at = null,
        due_at = case when j.run = 0 and w.before = 'scheduled' then now() else j.due_at end
    from waiting w where j.id = any (array[w.id])
    returning j.*, w.before
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, queued, scheduled, retrying)
    select tenant, queue, priority, type, (select counter_slot()), count(*), -count(*) filter (where before = 'scheduled'),
           -count(*) filter (where before = 'retrying')
    from queued group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        queued = c.queued + excluded.queued, scheduled = c.scheduled + excluded.scheduled,
        retrying = c.retrying + excluded.retrying
)
select id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at
from queued
