-- Puts an operation on record and tells the schedulers of it.
with made as (
    insert into operations (id, tenant, kind, actor, actor_tenant, filter, ids, patch, most, rate, matched)
    values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::json, $7::uuid[], $8::json, $9::int8, $10::float8, $11::int8)
    returning id, tenant, kind, state, actor, created_at, started_at, finished_at, filter, cardinality(ids) as named, most, rate, matched,
              changed, skipped, error
)
select *, pg_notify('qf_operations', id::text)::text as told from made
