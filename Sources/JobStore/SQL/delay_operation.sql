-- Lets an operation wait for a while, or fail with $5, and says why. By key.
with delayed as (
    update operations
    set error = $3::text, next_at = clock_timestamp() + $4::int8 * interval '1 ms', started_at = coalesce(started_at, now()),
        state = case when $5::bool then 'failed' else 'running' end, finished_at = case when $5 then now() end
    where id = $1::uuid and step = $2::int8 and finished_at is null
    returning id, changed, skipped
)
select changed, skipped, pg_notify('qf_operations', id::text)::text as told from delayed
