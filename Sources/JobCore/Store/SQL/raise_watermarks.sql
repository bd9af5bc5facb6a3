-- Raises watermarks to what workers report; a lower or repeated report changes nothing.
insert into watermarks as w (topic_id, partition, watermark)
select t.id, r.partition, max(r.watermark)
from (
    select tenant, queue, priority, partition, coalesce(queued_at, clock_timestamp() - age_ms * interval '1 ms') as watermark
    from unnest($1::text[], $2::text[], $3::text[], $4::int4[], $5::timestamptz[], $6::int8[])
         as u (tenant, queue, priority, partition, queued_at, age_ms)
) r join topics t on t.tenant = r.tenant and t.queue = r.queue and t.priority = r.priority::job_priority
group by t.id, r.partition order by t.id, r.partition
on conflict (topic_id, partition) do update set watermark = excluded.watermark where excluded.watermark > w.watermark
