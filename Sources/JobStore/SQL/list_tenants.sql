-- A page of tenants, by name. Walks tenants_pkey.
select name, state, limits::text as limits, version, created_at, updated_at, removed_jobs
from tenants where ($1::text is null or name > $1) and ($2::text is null or state = $2)
order by name limit $3::int4
