-- Removes API keys of a tenant, and revokes them for who remembers them.
with removed as (
    delete from api_keys where id = any (array(select id from api_keys where tenant = $1::text limit $2::int4)) returning id
), revoked as (
    insert into revocations (kind, subject) select 'key', id from removed
)
select count(*), pg_notify('qf_revocations', '')::text from removed
