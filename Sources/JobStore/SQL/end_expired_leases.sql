-- Takes the workers whose lease has run out, each by one scheduler only. A worker to whom runs are being given is passed over. What they
-- hold is read by lost_batches.sql afterwards: this statement would not see runs that were given after it began.
with expired as (
    select id from workers where lease_until < clock_timestamp() order by id limit $1::int4 for update skip locked
)
delete from workers w using expired e where w.id = any (array[e.id]) returning w.id, w.name
