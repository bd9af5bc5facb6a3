-- Whether this session may tell the figures of queues: one may, for as long as it lasts.
select pg_try_advisory_lock($1::int8)
