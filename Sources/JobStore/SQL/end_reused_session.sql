-- Ends the session whose token was used before: it is of the family ($1) and neither the good one ($2) nor has the new one ($3) just
-- taken its place. Relies on sessions_family_key.
with ended as (delete from sessions where family = $1::bytea and token <> all (array[$2::bytea, $3::bytea]) returning id),
     noted as (insert into revocations (kind, subject) select 'session', id from ended)
select pg_notify('qf_revocations', '') from ended
