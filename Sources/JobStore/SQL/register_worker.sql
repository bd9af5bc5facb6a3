-- A worker says hello: it gets a lease, or keeps the one it has (an updated row carries its updater in xmax), and the number of its
-- new session, which no session had before. Changing that waits for claims of the session before, and whatever they had not been granted
-- by then is refused. Nothing comes back when the worker is known by another secret.
insert into workers (id, name, slots, tenant, queues, types, secret, lease_until)
values ($1::uuid, $2::text, $3::int4, $4::text, $5::text[], $6::text[], $7::bytea, clock_timestamp() + $8::int8 * interval '1 ms')
on conflict (id) do update set
    name = excluded.name, slots = excluded.slots, tenant = excluded.tenant, queues = excluded.queues, types = excluded.types,
    secret = excluded.secret, session = nextval('worker_sessions'), lease_until = excluded.lease_until
where workers.secret is not distinct from excluded.secret
returning session, xmax <> 0 as kept
