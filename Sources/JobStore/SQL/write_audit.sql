-- Puts on record who did what.
insert into audit_log (actor, tenant, action, target, details) values ($1::text, $2::text, $3::text, $4::text, $5::json)
