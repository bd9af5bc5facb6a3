-- What a login is checked against. Relies on users_username_key.
select id, tenant, username, role, disabled, epoch, created_at, updated_at, password_hash, settings_hash
from users where username = $1::text
