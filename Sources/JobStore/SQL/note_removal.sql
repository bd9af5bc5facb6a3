-- Writes down how far a tenant's removal has come.
update tenants set removal = $2::json, removed_jobs = removed_jobs + $3::int8 where name = $1::text
