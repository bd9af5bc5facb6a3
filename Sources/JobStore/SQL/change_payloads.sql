-- Gives jobs, which are locked, other payloads: so many bytes longer than before. Each table is read by key.
with new as (
    select * from unnest($1::uuid[], $2::json[], $3::int8[]) as n (id, payload, longer)
), changed as (
    update jobs_live j set payload = n.payload from new n where j.id = any (array[n.id])
    returning j.tenant, j.queue, j.priority, j.type, n.longer
), changed_dead as (
    update jobs_dead d set payload = n.payload from new n where d.id = any (array[n.id])
    returning d.tenant, d.queue, d.priority, d.type, n.longer
)
insert into job_counters as c (tenant, queue, priority, type, slot, stored)
select tenant, queue, priority, type, (select counter_slot()), sum(longer)
from (select * from changed union all select * from changed_dead) j
group by tenant, queue, priority, type order by tenant, queue, priority, type
on conflict (tenant, queue, priority, type, slot) do update set stored = c.stored + excluded.stored
