-- Puts on record and announces that something is good no more, and removes what no token can be concerned by any longer.
with old as (delete from revocations where at < now() - interval '1 hour'),
     new as (insert into revocations (kind, subject, epoch) values ($1::text, $2::uuid, $3::int4))
select pg_notify('qf_revocations', '')
