-- A page of API keys, the newest first: ids begin with the time. Relies on api_keys_pkey.
select id, tenant, name, prefix, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at
from api_keys
where ($1::text is null or tenant = $1) and ($2::uuid is null or id < $2)
order by id desc limit $3::int4
