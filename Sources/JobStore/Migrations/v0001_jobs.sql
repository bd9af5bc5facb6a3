-- Jobs live where their state says: jobs_live holds what is still to be done, jobs_finished the history, jobs_dead the
-- dead letters. An outcome moves a row in one statement, so the hot table stays small and history is append-only.

create type job_state as enum ('scheduled', 'queued', 'running', 'retrying', 'completed', 'dead', 'cancelled');
create type job_priority as enum ('critical', 'high', 'normal', 'low');

create table jobs_live (
    id           uuid         not null primary key,
    created_at   timestamptz  not null,
    queued_at    timestamptz,            -- when the job last became queued; null while it waits for run_at
    run_at       timestamptz,            -- when a scheduled or retrying job is due; null otherwise
    started_at   timestamptz,
    worker_id    uuid,                   -- who holds run number `run`, while running
    run          integer      not null default 0,
    attempt      integer      not null default 0,
    max_attempts integer      not null,
    timeout_ms   bigint,
    state        job_state    not null,
    priority     job_priority not null,
    tenant       text         not null,
    queue        text         not null,
    type         text         not null,
    tags         text[],
    trace        text,                   -- W3C traceparent of the submission
    error        text,                   -- of the last attempt that failed
    retry        json,                   -- the job's own retry policy; null means the default one
    payload      json         not null   -- kept to the byte as it was sent
)
-- A claim changes state, run, attempt, worker_id and started_at. No index covers one of them and half of each page stays
-- free, so claims are heap-only updates. Vacuum follows the queue closely, whatever the table's size.
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
      autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);

-- The watermark rule walks one topic's queued jobs, oldest first.
create index jobs_live_topic on jobs_live (tenant, queue, priority, queued_at);
-- The scheduler takes due jobs, earliest first.
create index jobs_live_due on jobs_live (run_at) where run_at is not null;

create table jobs_finished (
    id           uuid         not null,
    created_at   timestamptz  not null,
    queued_at    timestamptz,
    started_at   timestamptz,
    finished_at  timestamptz  not null,
    worker_id    uuid,
    run          integer      not null,
    attempt      integer      not null,
    max_attempts integer      not null,
    timeout_ms   bigint,
    state        job_state    not null check (state in ('completed', 'cancelled')),
    priority     job_priority not null,
    tenant       text         not null,
    queue        text         not null,
    type         text         not null,
    tags         text[],
    trace        text,
    error        text,
    retry        json,
    payload      json         not null,
    result       json,
    primary key (id, finished_at)
) partition by range (finished_at);

-- Catches what no daily partition covers, should the scheduler, which makes them ahead of time, have been away for days.
create table jobs_finished_default partition of jobs_finished default;

create table jobs_dead (
    id           uuid         not null primary key,
    created_at   timestamptz  not null,
    queued_at    timestamptz,
    started_at   timestamptz,
    finished_at  timestamptz  not null,
    worker_id    uuid,
    run          integer      not null,
    attempt      integer      not null,
    max_attempts integer      not null,
    timeout_ms   bigint,
    priority     job_priority not null,
    tenant       text         not null,
    queue        text         not null,
    type         text         not null,
    tags         text[],
    trace        text,
    error        text,
    retry        json,
    payload      json         not null,
    reason       text         not null   -- why it will not be tried again: attempts_exhausted, discarded
);

create view jobs as
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, run_at, started_at, null::timestamptz as finished_at, worker_id, error,
           null::json as result, null::text as reason
    from jobs_live
    union all
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, result, null
    from jobs_finished
    union all
    select id, 'dead', run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, null, reason
    from jobs_dead;

-- One row for each attempt that did not succeed. Successful ones are told by the finished job itself.
create table job_attempts (
    job_id     uuid        not null,
    run        integer     not null,
    attempt    integer     not null,
    worker_id  uuid        not null,
    started_at timestamptz not null,
    ended_at   timestamptz not null,
    kind       text        not null,   -- error, no_handler, timeout, lost
    error      text        not null,
    primary key (job_id, run)
);
