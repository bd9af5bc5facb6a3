-- Stops an operation that has not ended, by key. A batch that is under way finds that when it comes to its end, and is undone.
with stopped as (
    update operations set state = 'stopped', finished_at = now(), error = null
    where id = $1::uuid and ($2::text is null or tenant = $2) and finished_at is null
    returning id, changed, skipped
)
select changed, skipped, pg_notify('qf_operations', id::text)::text as told from stopped
