-- The key of a hash, if it is good. Notes that it is used, once a minute at most. Relies on api_keys_hash_key.
with used as (
    update api_keys set last_used_at = now()
    where hash = $1::bytea and (last_used_at is null or last_used_at < now() - interval '1 minute')
      and revoked_at is null and (expires_at is null or expires_at > now())
)
select id, tenant, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at
from api_keys where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())
