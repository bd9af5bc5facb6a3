-- How many operations of who belongs to a tenant have not ended. Relies on operations_actor.
select count(*) from operations where actor_tenant = $1::text and state in ('waiting', 'running')
