-- Dispatch by exchange. Records only ring; what no worker has room for waits here, to be pulled. So topics, and how far each of
-- their partitions was consumed, need not be known any more. Nothing else may use the database meanwhile: stop the services first.
drop trigger topics_announced on topics;
drop trigger queues_announced on queues;
drop function announce_topics();
drop table watermarks;
drop table topics;

-- Job-services read again what was said about queues.
create function announce_queues() returns trigger language plpgsql as $$
begin
    perform pg_notify('qf_queues', '');
    return null;
end $$;
create trigger queues_announced after insert or update on queues for each statement execute function announce_queues();

-- What a pull gives out is bounded by bytes, and must not read the payloads to know them.
alter table jobs_live add column payload_bytes integer not null generated always as (octet_length(payload::text)) stored;

-- A backlog is what waits in one queue, of one priority and one type: a worker pulls what it has handlers for, and a million jobs
-- of a type that it has none for are not in its way. A pull walks it, oldest first.
drop index jobs_live_topic;
create index jobs_live_backlog on jobs_live (tenant, queue, priority, type, queued_at) where queued_at is not null;

-- What a worker may be given, who may resume its session, and which of its sessions is the present one. The number is part of a
-- key, so that a claim, which share-locks the key, and a new session exclude each other, while a renewal is in nobody's way.
alter table workers
    add column tenant  text,                            -- whose jobs alone it may run; null means everybody's
    add column queues  text[]  not null default '{}',   -- which queues' alone; none means all
    add column types   text[]  not null default '{}',   -- which it has handlers for
    add column secret  bytea,                           -- SHA-256 of what its process proves itself by
    add column session bigint  not null default 1;
alter table workers add constraint workers_session unique (id, session);

-- What nobody has a handler for, and since when: it is buried when that has been so for long.
create table unhandled_backlogs (
    tenant text        not null,
    queue  text        not null,
    type   text        not null,
    since  timestamptz not null default now(),
    primary key (tenant, queue, type)
);

-- The figures are kept by backlog now, so that what waits is found by looking at them, however many queues there are. A session
-- adds to rows of its own (slot 0 and up); the scheduler folds them into one row a backlog (slot -1), and that, once nothing
-- of the backlog is left to do, into one row a queue. So a queue at rest costs one row, and the rows here are those at work.
create table queue_totals (
    tenant    text   not null,
    queue     text   not null,
    submitted bigint not null default 0,
    completed bigint not null default 0,
    cancelled bigint not null default 0,
    failed    bigint not null default 0,
    died      bigint not null default 0,
    dead      bigint not null default 0,
    primary key (tenant, queue)
);
insert into queue_totals (tenant, queue, submitted, completed, cancelled, failed, died, dead)
    select tenant, queue, sum(submitted), sum(completed), sum(cancelled), sum(failed), sum(died), sum(dead)
    from job_counters group by tenant, queue;

drop table job_counters;
create table job_counters (
    tenant    text         not null,
    queue     text         not null,
    priority  job_priority not null,
    type      text         not null,
    slot      smallint     not null,
    submitted bigint       not null default 0,   -- ever
    scheduled bigint       not null default 0,   -- now in that state, as are the next three
    queued    bigint       not null default 0,
    running   bigint       not null default 0,
    retrying  bigint       not null default 0,
    completed bigint       not null default 0,   -- ever
    cancelled bigint       not null default 0,   -- ever
    failed    bigint       not null default 0,   -- attempts that failed, ever
    died      bigint       not null default 0,   -- jobs moved to the dead letters, ever
    dead      bigint       not null default 0,   -- dead letters now
    primary key (tenant, queue, priority, type, slot)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
insert into job_counters (tenant, queue, priority, type, slot, scheduled, queued, running, retrying)
    select tenant, queue, priority, type, -1, count(*) filter (where state = 'scheduled'),
           count(*) filter (where state = 'queued'), count(*) filter (where state = 'running'),
           count(*) filter (where state = 'retrying')
    from jobs_live group by tenant, queue, priority, type;

-- A slot that no other session has while this one lasts. Asked for once a statement.
create or replace function counter_slot() returns smallint language plpgsql volatile as $$
declare
    known text := current_setting('queueflow.counter_slot', true);
begin
    if known <> '' then
        return known::smallint;
    end if;
    for candidate in 0..8191 loop
        if pg_try_advisory_lock(20342, candidate) then
            perform set_config('queueflow.counter_slot', candidate::text, false);
            return candidate::smallint;
        end if;
    end loop;
    raise exception 'no counter slot is free' using errcode = 'too_many_connections';
end $$;

-- Every figure of every queue, for reading: the gauges of queues at rest are zero.
create view counters as
    select tenant, queue, submitted, scheduled, queued, running, retrying, completed, cancelled, failed, died, dead
    from job_counters
    union all
    select tenant, queue, submitted, 0, 0, 0, 0, completed, cancelled, failed, died, dead
    from queue_totals;
