-- Removes old firings, oldest first. None is needed any more: settled_at keeps their instants from firing again. Reads
-- schedule_firings_age.
with old as (
    select schedule_id, fire_at from schedule_firings
    where fired_at < now() - $1::int8 * interval '1 ms'
    order by fired_at limit $2::int4 for update skip locked
), removed as (
    delete from schedule_firings f using old o where f.schedule_id = any (array[o.schedule_id]) and f.fire_at = o.fire_at returning 1
)
select count(*) from removed
