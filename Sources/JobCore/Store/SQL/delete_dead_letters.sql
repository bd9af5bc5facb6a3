-- Removes dead letters and what is kept of their attempts.
with removed as (
    delete from jobs_dead where id = any ($1::uuid[]) returning id, tenant, queue
), forgotten as (
    delete from job_attempts a using removed r where a.job_id = r.id
), counted as (
    insert into job_counters as c (slot, tenant, queue, dead)
    select counter_slot(), tenant, queue, -count(*) from removed group by tenant, queue order by tenant, queue
    on conflict (slot, tenant, queue) do update set dead = c.dead + excluded.dead
)
select id from removed
