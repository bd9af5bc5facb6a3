-- Removes old dead letters, oldest first, with their attempts, notes and log lines, and counts them out. Passes over what a replay is
-- just moving. Reads jobs_dead_retention.
with old as (
    select id from jobs_dead
    where finished_at < now() - $1::int8 * interval '1 ms'
    order by finished_at limit $2::int4 for update skip locked
), removed as (
    delete from jobs_dead d using old o where d.id = any (array[o.id]) 
    returning d.id, d.tenant, d.queue, d.priority, d.type, octet_length(d.payload::text) as bytes
), attempts as (
    delete from job_attempts a using removed r where a.job_id = any (array[r.id])
), notes as (
    delete from job_notes n using removed r where n.job_id = any (array[r.id])
), logs as (
    delete from job_logs l using removed r where l.job_id = any (array[r.id])
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, dead, stored)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), -sum(bytes)
    from removed group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        dead = c.dead + excluded.dead, stored = c.stored + excluded.stored
)
select count(*) from removed
