-- What dashboards show, kept by the statements that change jobs and never by counting. Each database session adds to a
-- slot of its own, so batches do not wait for each other; the sum over the slots is the figure, a single slot may be negative.
create table job_counters (
    slot      smallint not null,
    tenant    text     not null,
    queue     text     not null,
    submitted bigint   not null default 0,   -- ever
    scheduled bigint   not null default 0,   -- now in that state, as are the next three
    queued    bigint   not null default 0,
    running   bigint   not null default 0,
    retrying  bigint   not null default 0,
    completed bigint   not null default 0,   -- ever
    cancelled bigint   not null default 0,   -- ever
    failed    bigint   not null default 0,   -- attempts that failed, ever
    died      bigint   not null default 0,   -- jobs moved to the dead letters, ever
    dead      bigint   not null default 0,   -- dead letters now
    primary key (slot, tenant, queue)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create function counter_slot() returns smallint language sql stable as 'select (pg_backend_pid() % 64)::smallint';
