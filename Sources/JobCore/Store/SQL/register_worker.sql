-- A worker says hello: it gets a lease, or keeps the one it has (an updated row carries its updater in xmax).
insert into workers (id, name, slots, lease_until)
values ($1::uuid, $2::text, $3::int4, clock_timestamp() + $4::int8 * interval '1 ms')
on conflict (id) do update set name = excluded.name, slots = excluded.slots, lease_until = excluded.lease_until
returning xmax <> 0 as kept
