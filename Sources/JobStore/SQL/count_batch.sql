-- Counts in a batch of jobs that was copied. Comes after the copy in its transaction, as it locks what others may wait for.
with counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, submitted, scheduled, queued, stored)
    select tenant, queue, priority::job_priority, type, (select counter_slot()), scheduled + queued, scheduled, queued, bytes
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::int8[], $7::int8[])
         as b (tenant, queue, priority, type, scheduled, queued, bytes)
    order by tenant, queue, priority::job_priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        submitted = c.submitted + excluded.submitted, scheduled = c.scheduled + excluded.scheduled,
        queued = c.queued + excluded.queued, stored = c.stored + excluded.stored
    returning 1
)
select count(*) from counted
