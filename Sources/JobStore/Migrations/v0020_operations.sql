-- compatible-with: 18
-- Acts on many jobs, which schedulers carry out in batches. Each batch is one transaction: what is done to the jobs, how far the operation
-- has come and what it has counted. So whoever comes next goes on where the last one ended, however that ended.
create table operations (
    id           uuid             not null primary key,
    tenant       text,                                    -- whose jobs alone are meant; null means everybody's
    kind         text             not null check (kind in ('retry', 'cancel', 'delete')),
    state        text             not null default 'waiting' check (state in ('waiting', 'running', 'done', 'stopped', 'failed')),
    actor        text             not null,               -- who asked for it
    actor_tenant text             not null,
    filter       json,                                    -- which jobs are meant, as it was sent; null when they are named
    ids          uuid[],                                  -- which they are; null when a filter says so
    patch        json,                                    -- what changes the payloads of those that are retried (RFC 7396)
    most         bigint,                                  -- how many jobs are changed at most
    rate         double precision,                        -- and how many in a second
    created_at   timestamptz      not null default now(), -- jobs that were stored later are not meant
    started_at   timestamptz,
    finished_at  timestamptz,
    next_at      timestamptz      not null default now(), -- when the next batch is due
    place        bigint           not null default 0,     -- how many of the ids were looked at
    cursor       uuid,                                    -- the last job that was looked at; they are walked from the newest on
    matched      bigint,                                  -- how many jobs are meant, where that is known
    changed      bigint           not null default 0,
    skipped      bigint           not null default 0,
    error        text,                                    -- why it failed, or what it waits for
    step         bigint           not null default 0      -- raised by each batch, so that two that carry out the same one notice
);
-- The schedulers take what is due, in turns.
create index operations_due on operations (next_at) where state in ('waiting', 'running');
-- A tenant's are listed newest first, and counted while they go on.
create index operations_tenant on operations (tenant, id);
create index operations_actor on operations (actor_tenant) where state in ('waiting', 'running');
-- Old ones are removed.
create index operations_ended on operations (finished_at) where finished_at is not null;

-- A worker that was asked to take no more jobs, whichever job-service it talks to.
alter table workers add column draining boolean not null default false;
