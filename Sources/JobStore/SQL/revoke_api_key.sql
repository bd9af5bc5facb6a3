-- Revokes an API key; nothing when there is none or it was revoked before.
update api_keys set revoked_at = now() where id = $1::uuid and revoked_at is null
returning id, tenant, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at
