-- Puts on record what a batch of an operation did and how far it came, by key. Gives nothing when the operation was stopped meanwhile, or
-- another batch came first. With $8 the operation has ended. At a rate the next batch is due when as many have passed as this one changed.
with ended as (
    update operations
    set step = step + 1, state = case when $8::bool then 'done' else 'running' end, started_at = coalesce(started_at, now()),
        cursor = coalesce($3::uuid, cursor), place = place + $4::int8, changed = changed + $5::int8, skipped = skipped + $6::int8,
        error = null, finished_at = case when $8 then now() end,
        matched = case when $8 and matched is null then changed + $5 + skipped + $6 else matched end,
        next_at = case when rate is null then clock_timestamp()
                       else greatest(next_at, now() - interval '1 s') + $7::float8 * interval '1 s' end
    where id = $1::uuid and step = $2::int8 and finished_at is null
    returning id, changed, skipped
)
select changed, skipped, pg_notify('qf_operations', id::text)::text as told from ended
