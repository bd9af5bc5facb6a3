-- Changes what was said about a queue, and puts on record who did it. What is null, or not set, stays. With versions given
-- it is changed only if it has one of them; whoever gets no row back changed nothing.
with changed as (
    insert into queues as q (tenant, name, paused, max_depth)
    select $1::text, $2::text, coalesce($3::bool, false), case when $4::bool then $5::int8 end
    where $6::int8[] is null or 0 = any ($6) or exists (select from queues where tenant = $1 and name = $2)
    on conflict (tenant, name) do update set
        paused = coalesce($3, q.paused), max_depth = case when $4 then $5 else q.max_depth end,
        version = q.version + 1, updated_at = now()
    where $6 is null or q.version = any ($6)
    returning *
), audited as (
    insert into audit_log (actor, tenant, action, target, details)
    select $7::text, $8::text, $9::text, name,
           json_build_object('tenant', tenant, 'paused', paused, 'max_depth', max_depth)
    from changed
)
select paused, max_depth, version, updated_at from changed
