-- One lease a worker. A worker whose lease has run out holds no job: the row goes and its runs are fenced off in one transaction.
create table workers (
    id          uuid        not null primary key,
    name        text        not null,
    slots       integer     not null,
    running     integer     not null default 0,
    lease_until timestamptz not null,
    started_at  timestamptz not null default now()
) with (fillfactor = 50);

-- Which jobs a worker was granted in one claim, found by worker when its lease runs out. A row goes once its jobs have ended.
create table claim_batches (
    id         bigint      generated always as identity primary key,
    worker_id  uuid        not null,
    claimed_at timestamptz not null default now(),
    job_ids    uuid[]      not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
create index claim_batches_worker on claim_batches (worker_id);
