-- Makes an account, and its tenant if that is new; nothing when the name is taken.
with tenant as (insert into tenants (name) values ($2::text) on conflict do nothing)
insert into users (id, tenant, username, role, password_hash, settings_hash)
values ($1::uuid, $2, $3::text, $4::text, $5::text, $6::text)
on conflict (username) do nothing
returning id, tenant, username, role, disabled, epoch, created_at, updated_at
