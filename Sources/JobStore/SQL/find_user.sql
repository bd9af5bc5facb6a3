-- One account. Relies on its key.
select id, tenant, username, role, disabled, epoch, created_at, updated_at from users where id = $1::uuid
