-- One account as it is until the transaction ends. Relies on its key.
select id, tenant, username, role, disabled, epoch, created_at, updated_at from users where id = $1::uuid for no key update
