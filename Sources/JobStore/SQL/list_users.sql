-- A page of accounts, the newest first: ids begin with the time. Relies on users_pkey.
select id, tenant, username, role, disabled, epoch, created_at, updated_at from users
where ($1::text is null or tenant = $1) and ($2::uuid is null or id < $2)
order by id desc limit $3::int4
