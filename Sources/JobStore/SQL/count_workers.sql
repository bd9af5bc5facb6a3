-- How many workers, besides one, have a session by a tenant's credentials. Reads workers_tenant.
select count(*) from workers where tenant = $1::text and id <> $2::uuid and lease_until > now()
