-- Begins a session of an account that is still as it was when somebody proved to be its owner. The lock on the account lets a change
-- that is under way end first, and then the epoch is another one; one that comes later finds the session. Removes some sessions that
-- have expired, and the longest unused of an account that has a thousand. Relies on sessions_expiry and sessions_user.
with account as (
    select id, epoch from users where id = $2::uuid and epoch = $3::int4 and not disabled for share
), expired as (
    delete from sessions where id = any (array(
        select id from sessions where expires_at < now() order by expires_at limit 10 for update skip locked))
), own as materialized (
    select id, expires_at from sessions where user_id = $2
), surplus as (
    delete from sessions where id = any (array(select id from own order by expires_at desc offset 999 limit 10))
)
insert into sessions (id, user_id, epoch, family, token, expires_at)
select $1::uuid, id, epoch, $4::bytea, $5::bytea, now() + $6::int8 * interval '1 millisecond' from account
returning id
