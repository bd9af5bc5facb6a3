-- The runs that a worker has by the record, in the form in which they are given back, but for those that it names. Its claim batches
-- say which they may be; jobs_live is read by key.
select j.id, j.run
from (select distinct unnest(job_ids) as id from claim_batches where worker_id = $1::uuid) h
cross join lateral (select id, run from jobs_live where id = h.id and worker_id = $1 and state = 'running' limit 1) j
where (j.id, j.run) not in (select n.id, n.run from unnest($2::uuid[], $3::int4[]) as n (id, run))
