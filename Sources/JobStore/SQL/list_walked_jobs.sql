-- Lists what walk_jobs.sql finds, whose text takes the place of the line `-- walk`, with what the jobs' handlers said of them.
select w.id, w.tenant, w.queue, w.type, w.priority::text, w.state::text, w.run, w.attempt, w.max_attempts, w.timeout_ms, w.tags, w.retry,
       case when $25::bool then w.payload end as payload, w.created_at, w.queued_at, w.run_at, w.started_at, w.finished_at, w.worker_id,
       w.error, case when $25::bool then w.result end as result, w.reason, w.cancel_requested_at, w.parent_id, w.trace,
       n.run as progress_run, n.progress, n.message, n.progressed_at, w.is_match, w.number, w.is_last
from (
-- walk
) w left join lateral (select * from job_notes n where n.job_id = w.id and w.is_match limit 1) n on true
order by w.id desc
