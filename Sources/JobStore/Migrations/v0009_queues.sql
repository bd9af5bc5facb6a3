-- What administrators said about queues; a queue without a row has none of it. It may have a row before its first job.
create table queues (
    tenant     text        not null,
    name       text        not null,
    paused     boolean     not null default false,
    max_depth  bigint,                              -- how many jobs may wait; null means as many as in any queue
    version    bigint      not null default 1,      -- raised by each change, so that changes of others are noticed
    updated_at timestamptz not null default now(),
    primary key (tenant, name)
);

-- Job-services read the topics again, with what is paused, and the limits.
create trigger queues_announced after insert or update on queues for each statement execute function announce_topics();
