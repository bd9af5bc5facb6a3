-- A page of the audit log, the newest first. Relies on audit_log_pkey.
select id, at, actor, tenant, action, target, details from audit_log
where ($1::text is null or actor = $1) and ($2::text is null or action = $2) and ($3::int8 is null or id < $3)
order by id desc limit $4::int4
