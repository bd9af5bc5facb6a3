-- Removes operations that ended long ago. Relies on operations_ended.
with old as (
    select id from operations where finished_at < now() - $1::int8 * interval '1 ms' order by finished_at limit $2::int4 for update skip locked
), removed as (
    delete from operations o using old where o.id = any (array[old.id]) returning 1
)
select count(*) from removed
