-- The firings of a schedule ($1) before an instant ($2; null means the latest on), the latest first, and what became of their jobs, whose columns
-- are null once they are not kept any more. Walks schedule_firings by key; reads each table of jobs by key.
select f.fire_at, f.fired_at, f.job_id, j.state::text, j.attempt, j.started_at, j.finished_at, j.error
from (
    select fire_at, fired_at, job_id from schedule_firings
    where schedule_id = $1::uuid and fire_at < coalesce($2::timestamptz, 'infinity')
    order by fire_at desc limit $3::int4
) f
left join lateral (select * from jobs where id = f.job_id limit 1) j on true
order by f.fire_at desc
