-- Takes the workers whose lease has run out, each by one scheduler only, and with them their claim batches.
with expired as (
    select id from workers where lease_until < clock_timestamp() order by id limit $1::int4 for update skip locked
), gone as (
    delete from workers w using expired e where w.id = any (array[e.id]) returning w.id, w.name
), batches as (
    delete from claim_batches b using gone g where b.worker_id = any (array[g.id]) returning b.worker_id, b.job_ids
)
select g.id, g.name, array(select unnest(b.job_ids) from batches b where b.worker_id = g.id) as job_ids from gone g
