-- Takes a refresh token for use. The row lock makes two that come at once follow each other: the second finds it used.
select t.family, t.used_at is not null as is_used, t.expires_at <= now() as is_expired,
       u.id, u.tenant, u.username, u.role, u.disabled, u.epoch, u.created_at, u.updated_at
from refresh_tokens t join users u on u.id = any (array[t.user_id])
where t.hash = $1::bytea for update of t
