-- A page of jobs, newest first, with what their handlers said of them. Ids carry their time, so each table is walked backwards by key
-- from the cursor.
select j.*, n.run as progress_run, n.progress, n.message, n.progressed_at
from (
    select id, tenant, queue, type, priority::text, state::text, run, attempt, max_attempts, timeout_ms, tags, retry, payload,
           created_at, queued_at, run_at, started_at, finished_at, worker_id, error, result, reason, cancel_requested_at,
           parent_id, trace
    from jobs
    where ($1::uuid is null or id < $1) and ($2::text is null or tenant = $2)
      and ($3::text is null or state = $3::job_state) and ($4::text is null or type = $4)
      and ($5::text is null or queue = $5) and ($6::text is null or $6 = any (tags))
      and ($7::timestamptz is null or created_at >= $7)
      and ($10::timestamptz is null or created_at < $10) and ($11::uuid is null or parent_id = $11)
    order by id desc limit $8::int4 offset $9::int4
) j left join lateral (select * from job_notes n where n.job_id = j.id limit 1) n on true
order by j.id desc
