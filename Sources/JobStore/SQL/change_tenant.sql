-- Changes a tenant's state and limits.
update tenants set state = $2::text, limits = $3::json::jsonb, version = version + 1, updated_at = now(), removal = null, removed_jobs = 0
where name = $1::text
returning name, state, limits::text as limits, version, created_at, updated_at, removed_jobs
