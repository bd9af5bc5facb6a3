-- How many queued jobs of a backlog are older than a time, of the oldest $6 rows at most, and how many rows were looked at. Walks
-- jobs_live_backlog.
select count(*) filter (where a.state = 'queued') as ahead, count(*) as examined
from (
    select j.state from jobs_live j
    where j.tenant = $1::text and j.queue = $2::text and j.priority = $3::text::job_priority and j.type = $4::text
      and j.queued_at is not null and j.queued_at < $5::timestamptz
    order by j.queued_at limit $6::int4
) a
