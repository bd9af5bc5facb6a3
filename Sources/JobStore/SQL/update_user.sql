-- Changes an account. What is null stays. Whatever changes, earlier tokens are worth nothing.
update users set role = coalesce($2::text, role), password_hash = coalesce($3::text, password_hash),
                 disabled = coalesce($4::boolean, disabled), settings_hash = coalesce($5::text, settings_hash),
                 epoch = epoch + 1, updated_at = now()
where id = $1::uuid
returning id, tenant, username, role, disabled, epoch, created_at, updated_at
