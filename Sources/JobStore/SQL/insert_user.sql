-- Makes an account of a tenant, which is locked; nothing when the name is taken.
insert into users (id, tenant, username, role, password_hash, settings_hash)
values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text)
on conflict (username) do nothing
returning id, tenant, username, role, disabled, epoch, created_at, updated_at
