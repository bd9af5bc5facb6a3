-- Makes an API key of a tenant, which is locked.
insert into api_keys (id, tenant, name, prefix, hash, role, scopes, created_by, expires_at)
values ($1::uuid, $2::text, $3::text, $4::text, $5::bytea, $6::text, $7::text[], $8::text, $9::timestamptz)
returning id, tenant, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at
