-- A topic is made when a queue is first used with a priority, in the transaction that stores the job. `partitions` is
-- what Kafka said; while it is null no watermark can be complete, so nothing is published again.
create table topics (
    id         integer      generated always as identity primary key,
    tenant     text         not null,
    queue      text         not null,
    priority   job_priority not null,
    partitions integer,
    created_at timestamptz  not null default now(),
    unique (tenant, queue, priority)
);

-- Every process that subscribes or publishes hears of a new topic at once.
create function announce_topics() returns trigger language plpgsql as $$
begin
    perform pg_notify('qf_topics', '');
    return null;
end $$;
create trigger topics_announced after insert on topics for each statement execute function announce_topics();

-- Through which queued_at every record of a partition has been claimed or refused. It only ever rises.
create table watermarks (
    topic_id   integer     not null references topics on delete cascade,
    partition  integer     not null,
    watermark  timestamptz not null,
    primary key (topic_id, partition)
) with (fillfactor = 50);
