-- The watermark rule: a job that is queued since before its topic's lowest watermark, less the slack, has no record left
-- anywhere. It is queued anew, to be published again. Relies on jobs_live_topic.
with lowest as (
    select t.tenant, t.queue, t.priority, min(w.watermark) - $1::int8 * interval '1 ms' as through
    from topics t join watermarks w on w.topic_id = t.id and w.partition < t.partitions
    group by t.id having count(*) = t.partitions
), unannounced as (
    select j.id from lowest l cross join lateral (
        select id from jobs_live
        where tenant = l.tenant and queue = l.queue and priority = l.priority and queued_at < l.through and state = 'queued'
        order by queued_at limit $2::int4
        for update skip locked
    ) j limit $2::int4
), queued as (
    update jobs_live j set queued_at = now() from unannounced u where j.id = u.id
    returning j.*
)
select id, run + 1 as next_run, tenant, queue, priority::text, type, trace, queued_at,
       case when octet_length(payload::text) <= $3::int4 then payload end as payload
from queued
