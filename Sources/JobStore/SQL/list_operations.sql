-- A page of operations, the newest first. Relies on operations_pkey or operations_tenant.
select id, tenant, kind, state, actor, created_at, started_at, finished_at, filter, cardinality(ids) as named, most, rate, matched,
       changed, skipped, error
from operations
where ($1::uuid is null or id < $1) and ($2::text is null or tenant = $2) and ($3::text is null or state = $3)
order by id desc limit $4::int4
