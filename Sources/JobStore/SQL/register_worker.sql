-- A worker says hello: it gets a lease, or keeps the one it has (an updated row carries its updater in xmax), and the number of its
-- new session, which no session had before. Changing that waits for claims of the session before, and whatever they had not been granted
-- by then is refused. Whose jobs alone it may have never changes while the row lasts, so that nothing it holds was granted under another
-- tenant: nothing comes back when the credential is another tenant's now.
insert into workers (id, name, slots, tenant, queues, types, limited_types, type_limits, lease_until)
values ($1::uuid, $2::text, $3::int4, $4::text, $5::text[], $6::text[], $7::text[], $8::int4[], clock_timestamp() + $9::int8 * interval '1 ms')
on conflict (id) do update set
    name = excluded.name, slots = excluded.slots, queues = excluded.queues, types = excluded.types,
    limited_types = excluded.limited_types, type_limits = excluded.type_limits,
    session = nextval('worker_sessions'), lease_until = excluded.lease_until
where workers.tenant is not distinct from excluded.tenant
returning session, xmax <> 0 as kept, draining
