-- A tenant is a thing: it has limits of its own and a state, and what counts against its limits is known without counting.
alter table tenants
    add column state        text        not null default 'active' check (state in ('active', 'suspended', 'deleting')),
    add column limits       jsonb       not null default '{}',   -- its own, by their names; for others the usual ones hold
    add column version      bigint      not null default 1,      -- raised by each change, so that changes of others are noticed
    add column updated_at   timestamptz not null default now(),
    add column queues       bigint      not null default 0,      -- how many queues it has, as tenant_queues lists them
    add column removed_jobs bigint      not null default 0,      -- while it is being deleted: how many of its jobs are gone
    add column removal      json;                                -- and how far that has come
-- Job-services remember the tenants that are not like all others.
create index tenants_special on tenants (name) where state <> 'active' or limits <> '{}';

-- Job-services and schedulers read those again.
create function announce_tenants() returns trigger language plpgsql as $$
begin
    perform pg_notify('qf_tenants', '');
    return null;
end $$;
create trigger tenants_announced after update of state, limits on tenants for each statement execute function announce_tenants();
create trigger tenants_made after insert on tenants for each row when (new.limits <> '{}') execute function announce_tenants();
create trigger tenants_removed after delete on tenants for each statement execute function announce_tenants();

-- Which queues a tenant has: those that were used, spoken of, or named by a schedule.
create table tenant_queues (
    tenant text not null,
    queue  text not null,
    primary key (tenant, queue)
);
insert into tenant_queues
    select tenant, queue from job_counters union select tenant, queue from queue_totals
    union select tenant, name from queues union select tenant, queue from schedules;
insert into tenants (name) select distinct tenant from tenant_queues on conflict do nothing;
update tenants t set queues = c.queues
    from (select tenant, count(*) as queues from tenant_queues group by tenant) c where c.tenant = t.name;

create trigger queues_removed after delete on queues for each statement execute function announce_queues();

-- How many jobs of a tenant wait and how many bytes it has on record. A session counts its part of both in rows of its own, as before; the
-- scheduler folds them into one row a tenant. What goes into the history is told apart by day, as that is how it is removed.
alter table job_counters
    add column stored  bigint not null default 0,   -- bytes of payloads and results, gone ones taken off
    add column history bigint not null default 0;   -- bytes that went into the history
create index job_counters_unfolded on job_counters (tenant) where slot >= 0;
create table tenant_totals (
    tenant  text   primary key,
    waiting bigint not null default 0,
    stored  bigint not null default 0
) with (fillfactor = 50);
create table tenant_days (
    tenant text   not null,
    day    date   not null,                          -- the last one, by UTC, on which any of it can have been counted
    bytes  bigint not null,
    primary key (tenant, day)
) with (fillfactor = 50);
-- They are forgotten by their day.
create index tenant_days_day on tenant_days (day);
-- The history from before is not counted: to read it all would take long, and it goes by itself.
insert into tenant_totals (tenant, waiting, stored)
    select tenant, sum(waiting), sum(stored) from (
        select tenant, scheduled + queued + retrying as waiting, 0 as stored from job_counters where slot = -1
        union all select tenant, 0, payload_bytes from jobs_live
        union all select tenant, 0, octet_length(payload::text) from jobs_dead
    ) c group by tenant;

-- A schedule has a busiest minute. For those from before it is taken from the form of their expression: with six fields any second may be
-- meant. What a full tenant's firings were dropped for is said.
alter table schedules
    add column firings        integer     not null default 1,
    add column resting        boolean     not null default false,   -- as its tenant does
    add column skipped        bigint      not null default 0,       -- firings that the tenant had no room for
    add column skipped_at     timestamptz,                          -- when the last of them was
    add column skipped_reason text;                                 -- the name of the limit
update schedules set firings = 60 where cron ~ '@every +[1-5]?[0-9](\.[0-9]+)?s'
    or array_length(regexp_split_to_array(trim(regexp_replace(cron, '^ *(CRON_)?TZ=[^ ]+', '')), ' +'), 1) = 6;
drop index schedules_due;
create index schedules_due on schedules (next_at) where next_at is not null and not paused and not resting;
drop index schedules_waiting;
create index schedules_waiting on schedules (waiting_at) where waiting_at is not null and not paused and not resting;

-- What is counted when another one is made.
create index workers_tenant on workers (tenant) where tenant is not null;
-- The schedulers find tenants that are to be removed. Accounts are removed with theirs.
create index tenants_deleting on tenants (updated_at) where state = 'deleting';
create index users_tenant on users (tenant);
