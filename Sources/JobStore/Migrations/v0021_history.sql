-- compatible-with: 18
-- What became of jobs by the minute, for a day: of everybody (tenant and queue are empty), of each tenant (queue is empty) and of each queue.
-- A row is written for a minute in which something of it changed, so that what rests costs nothing.
create table minute_figures (
    tenant         text        not null,
    queue          text        not null,
    minute         timestamptz not null,            -- when it began
    minutes        integer     not null default 1,  -- of how many minutes, of which this is the last, the counts are
    submitted      bigint      not null,
    completed      bigint      not null,
    failed         bigint      not null,
    died           bigint      not null,
    cancelled      bigint      not null,
    queued         bigint      not null,            -- at the end of the minute, as the next one
    running        bigint      not null,
    queued_before  bigint      not null,            -- at the end of the row before it, as the next one
    running_before bigint      not null,
    primary key (tenant, queue, minute)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
-- Old minutes are removed.
create index minute_figures_minute on minute_figures (minute);

-- What had been counted when the last row was written: the next one tells the difference, whoever writes it.
create table minute_bases (
    tenant    text   not null,
    queue     text   not null,
    submitted bigint not null,
    completed bigint not null,
    failed    bigint not null,
    died      bigint not null,
    cancelled bigint not null,
    queued    bigint not null,
    running   bigint not null,
    primary key (tenant, queue)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
insert into minute_bases (tenant, queue, submitted, completed, failed, died, cancelled, queued, running)
    select coalesce(tenant, ''), coalesce(queue, ''), coalesce(sum(submitted), 0), coalesce(sum(completed), 0), coalesce(sum(failed), 0),
           coalesce(sum(died), 0), coalesce(sum(cancelled), 0), coalesce(sum(queued), 0), coalesce(sum(running), 0)
    from counters group by grouping sets ((tenant, queue), (tenant), ());

-- How long jobs were ready before they started: how many waited so long as the bucket of that place says, of everybody, a tenant or a
-- queue. Each job-service adds its share.
create table minute_waits (
    tenant  text        not null,
    queue   text        not null,
    minute  timestamptz not null,
    buckets bigint[]    not null,
    primary key (tenant, queue, minute)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
create index minute_waits_minute on minute_waits (minute);

-- Through which minute rows have been written, since when, when the scheduler that does so was there last, and since when the oldest job
-- waited for a worker then.
create table figure_keeping (
    only_row  boolean     not null primary key default true check (only_row),
    began     timestamptz not null,
    closed    timestamptz not null,
    seen_at   timestamptz,
    oldest_at timestamptz
) with (fillfactor = 10);
insert into figure_keeping (began, closed) values (date_trunc('minute', now()), date_trunc('minute', now()) - interval '1 minute');
