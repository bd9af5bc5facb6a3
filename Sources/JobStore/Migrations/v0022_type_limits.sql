-- compatible-with: 18
-- How many runs of a type a worker has at once, of the types that it limits, so that it can be told why one of them waits while slots are free.
alter table workers
    add column limited_types text[]    not null default '{}',
    add column type_limits   integer[] not null default '{}';
