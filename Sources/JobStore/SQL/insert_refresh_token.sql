-- Makes a refresh token, and removes some that have expired.
with expired as (
    delete from refresh_tokens where hash = any (array(
        select hash from refresh_tokens where expires_at < now() order by expires_at limit 10 for update skip locked))
)
insert into refresh_tokens (hash, family, user_id, expires_at)
values ($1::bytea, $2::uuid, $3::uuid, now() + $4::int8 * interval '1 millisecond')
