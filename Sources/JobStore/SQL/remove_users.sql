-- Removes accounts of a tenant with their sessions, and revokes their tokens. Reads users_tenant.
with removed as (
    delete from users where id = any (array(select id from users where tenant = $1::text limit $2::int4)) returning id, epoch
), revoked as (
    insert into revocations (kind, subject, epoch) select 'user', id, epoch + 1 from removed
)
select count(*), pg_notify('qf_revocations', '')::text from removed
