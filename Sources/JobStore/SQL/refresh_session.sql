-- Goes on with a session: another token takes the place of its good one. Nothing comes of it when the token is not that, when the session
-- has expired or ended, or when the account was changed since it began. Relies on sessions_family_key.
update sessions s set token = $3::bytea, expires_at = now() + $4::int8 * interval '1 millisecond'
from users u
where s.family = $1::bytea and s.token = $2::bytea and s.expires_at > now()
  and u.id = any (array[s.user_id]) and u.epoch = s.epoch and not u.disabled
returning s.id as session, u.id, u.tenant, u.username, u.role, u.disabled, u.epoch, u.created_at, u.updated_at
