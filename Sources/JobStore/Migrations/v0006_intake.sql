-- Requests that may be sent again. The key is unique within its tenant until it expires; an expired one is taken over by
-- whoever comes first, or removed by the scheduler. Logged like the jobs themselves: a key forgotten in a crash would let a
-- repeat make a second job.
create table idempotency_keys (
    tenant      text        not null,
    key         text        not null,
    fingerprint bytea       not null,   -- SHA-256 of the request's body
    job_id      uuid        not null,   -- the job that the first request made
    expires_at  timestamptz not null,
    primary key (tenant, key)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
-- The scheduler removes expired keys, oldest first.
create index idempotency_keys_expiry on idempotency_keys (expires_at);
