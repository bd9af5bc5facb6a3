-- Removes dead letters and what is kept of their attempts, with what their handlers said.
with removed as (
    delete from jobs_dead where id = any ($1::uuid[]) returning id, tenant, queue, priority, type, octet_length(payload::text) as bytes
), forgotten as (
    delete from job_attempts a using removed r where a.job_id = any (array[r.id])
), unnoted as (
    delete from job_notes n using removed r where n.job_id = any (array[r.id])
), unlogged as (
    delete from job_logs l using removed r where l.job_id = any (array[r.id])
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, dead, stored)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), -sum(bytes)
    from removed group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        dead = c.dead + excluded.dead, stored = c.stored + excluded.stored
)
select id from removed
