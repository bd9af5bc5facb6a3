-- Registers what a copied batch of jobs adds: topics not seen before, and its figures. Comes after the copy in its
-- transaction, as it locks what others may wait for.
with batch as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int8[])
                  as b (tenant, queue, priority, scheduled, queued)
), registered as (
    insert into topics (tenant, queue, priority)
    select distinct tenant, queue, priority::job_priority from batch order by 1, 2, 3
    on conflict do nothing
), counted as (
    insert into job_counters as c (slot, tenant, queue, submitted, scheduled, queued)
    select counter_slot(), tenant, queue, sum(scheduled + queued), sum(scheduled), sum(queued)
    from batch group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set
        submitted = c.submitted + excluded.submitted, scheduled = c.scheduled + excluded.scheduled,
        queued = c.queued + excluded.queued
)
select count(*) from batch
