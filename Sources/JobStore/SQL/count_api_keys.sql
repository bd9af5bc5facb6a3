-- How many good API keys a tenant has. Reads api_keys_tenant.
select count(*) from api_keys where tenant = $1::text and revoked_at is null and (expires_at is null or expires_at > now())
