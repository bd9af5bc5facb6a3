-- How many jobs run by the counters but for no worker that has a lease. One statement sees one state of the tables, so this is exact.
-- Reads jobs_live by key, for those jobs alone that are in the hands of workers.
select (select coalesce(sum(running), 0) from job_counters)::int8 - (
    select count(distinct j.id) from workers w join claim_batches b on b.worker_id = w.id
    cross join lateral unnest(b.job_ids) as h (id)
    join jobs_live j on j.id = any (array[h.id]) and j.state = 'running' and j.worker_id = b.worker_id
)
