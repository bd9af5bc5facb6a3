-- Makes a tenant; nothing when there is one of the name.
insert into tenants (name, limits) values ($1::text, $2::json::jsonb) on conflict (name) do nothing
returning name, state, limits::text as limits, version, created_at, updated_at, removed_jobs
