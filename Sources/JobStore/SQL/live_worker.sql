-- A worker whose lease has not run out, by key.
select id, name, slots, running, started_at, lease_until, tenant, queues, types, draining from workers where id = $1::uuid and lease_until > now()
