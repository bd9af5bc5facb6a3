-- A page of the workers whose lease has not run out, in the order of their ids.
select id, name, slots, running, started_at, lease_until, tenant, queues, types, draining from workers
where lease_until > now() and ($1::uuid is null or id > $1)
order by id limit $2::int4
