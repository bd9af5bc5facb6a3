-- Schedules. Every instant through settled_at has been dealt with, so none of them fires again. Schedulers race for the row's
-- lock, and write settled_at, the firings and the jobs in one transaction.
create table schedules (
    id           uuid         not null primary key,
    tenant       text         not null,
    name         text         not null,
    cron         text         not null,
    timezone     text,                                -- null: the one that leads the expression, else UTC
    missed_runs  text         not null check (missed_runs in ('skip', 'latest', 'all')),
    overlap      text         not null check (overlap in ('allow', 'skip', 'queue')),
    type         text         not null,
    queue        text         not null,
    priority     job_priority not null,
    payload      json         not null,
    max_attempts integer      not null,
    retry        json,
    timeout_ms   bigint,
    tags         text[]       not null,
    paused       boolean      not null default false,
    settled_at   timestamptz  not null,
    next_at      timestamptz,                         -- the first instant after settled_at; null when there is none
    waiting_at   timestamptz,                         -- the instant that waits for last_job_id to end (overlap 'queue')
    last_at      timestamptz,                         -- the instant that fired last
    last_job_id  uuid,                                -- and the job that it made
    created_at   timestamptz  not null,
    updated_at   timestamptz  not null,
    version      integer      not null default 1,     -- how often its owner wrote it
    unique (tenant, name)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The schedulers take due schedules, earliest first.
create index schedules_due on schedules (next_at) where next_at is not null and not paused;
-- Holds those few whose next firing waits for a job to end.
create index schedules_waiting on schedules (waiting_at) where waiting_at is not null and not paused;
-- A tenant's schedules are listed newest first.
create index schedules_tenant on schedules (tenant, id);

-- Each firing that happened, once for each instant.
create table schedule_firings (
    schedule_id uuid        not null,
    fire_at     timestamptz not null,
    job_id      uuid        not null,
    fired_at    timestamptz not null default now(),
    primary key (schedule_id, fire_at)
);
-- The scheduler removes old firings, oldest first.
create index schedule_firings_age on schedule_firings (fired_at);

-- A job whose end a schedule may wait for tells the schedulers of it, however it ends: finished, dead or cancelled. For all
-- other jobs the condition is false and the trigger does nothing.
alter table jobs_live add column awaited boolean not null default false;
create function announce_awaited_end() returns trigger language plpgsql as $$
begin
    perform pg_notify('qf_schedules', '');
    return null;
end $$;
create trigger awaited_end after delete on jobs_live for each row when (old.awaited) execute function announce_awaited_end();
