-- A tenant is a thing: it has limits of its own and a state, and what counts against its limits is known without counting.
alter table tenants
    add column state        text        not null default 'active' check (state in ('active', 'suspended', 'deleting')),
    add column limits       jsonb       not null default '{}',   -- its own, by their names; for others the usual ones hold
    add column version      bigint      not null default 1,      -- raised by each change, so that changes of others are noticed
    add column updated_at   timestamptz not null default now(),
    add column queues       bigint      not null default 0,      -- how many queues it has, as tenant_queues lists them
    add column removed_jobs bigint      not null default 0,      -- while it is being deleted: how many of its jobs are gone
    add column cursor       uuid;                                -- and through which of all finished jobs that has looked
-- Job-services remember the tenants that are not like all others.
create index tenants_special on tenants (name) where state <> 'active' or limits <> '{}';

-- Job-services and schedulers read those again.
create function announce_tenants() returns trigger language plpgsql as $$
begin
    perform pg_notify('qf_tenants', '');
    return null;
end $$;
create trigger tenants_announced after update of state, limits on tenants for each statement execute function announce_tenants();
create trigger tenants_removed after delete on tenants for each statement execute function announce_tenants();
