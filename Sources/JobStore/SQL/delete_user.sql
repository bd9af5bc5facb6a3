-- Removes an account and, with it, its refresh tokens.
delete from users where id = $1::uuid
returning id, tenant, username, role, disabled, epoch, created_at, updated_at
