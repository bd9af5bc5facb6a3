-- Jobs that were submitted by the handler of another one.
alter table jobs_live add column parent_id uuid;
alter table jobs_finished add column parent_id uuid;
alter table jobs_dead add column parent_id uuid;
-- A job's children are found by it. Few jobs have a parent, and the others cost nothing here.
create index jobs_live_parent on jobs_live (parent_id, id) where parent_id is not null;
create index jobs_finished_parent on jobs_finished (parent_id, id) where parent_id is not null;
create index jobs_dead_parent on jobs_dead (parent_id, id) where parent_id is not null;

create or replace view jobs as
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, run_at, started_at, null::timestamptz as finished_at, worker_id, error,
           null::json as result, null::text as reason, cancel_requested_at, parent_id
    from jobs_live
    union all
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, result, null, null, parent_id
    from jobs_finished
    union all
    select id, 'dead', run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, null, reason, null, parent_id
    from jobs_dead;
