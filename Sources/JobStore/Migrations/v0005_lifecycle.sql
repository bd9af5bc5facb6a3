-- Calling jobs off. One that runs is only marked: however its run then ends, unless it succeeds, the job is cancelled. So the
-- mark never goes back, and it is found on running jobs alone.
alter table jobs_live add column cancel_requested_at timestamptz;
-- Holds those few, for what tells their workers. A claim changes neither of its columns and stays a heap-only update.
create index jobs_live_cancelling on jobs_live (id) where cancel_requested_at is not null;

-- Dead letters. The last failure's kind, and a fingerprint of type, kind and error that is the same for the same cause.
alter table jobs_dead add column kind text not null default 'error', add column fingerprint text not null default '';
alter table jobs_dead alter column kind drop default, alter column fingerprint drop default;
-- They are listed by the time of their death, all of them, a tenant's or those of one cause.
create index jobs_dead_died on jobs_dead (finished_at, id);
create index jobs_dead_tenant on jobs_dead (tenant, finished_at, id);
create index jobs_dead_fingerprint on jobs_dead (fingerprint, finished_at, id);

create or replace view jobs as
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, run_at, started_at, null::timestamptz as finished_at, worker_id, error,
           null::json as result, null::text as reason, cancel_requested_at
    from jobs_live
    union all
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, result, null, null
    from jobs_finished
    union all
    select id, 'dead', run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, null, reason, null
    from jobs_dead;

-- Who did what to dead letters, written in the transaction that did it.
create table audit_log (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null default now(),
    actor   text        not null,   -- the account's name
    tenant  text        not null,   -- the account's tenant
    action  text        not null,   -- dead_letters.replay, dead_letters.delete
    target  text        not null,   -- a job's id, or what was meant by the filter in the details
    details json        not null
);
