-- One operation, by key.
select id, tenant, kind, state, actor, created_at, started_at, finished_at, filter, cardinality(ids) as named, most, rate, matched,
       changed, skipped, error
from operations where id = $1::uuid and ($2::text is null or tenant = $2)
