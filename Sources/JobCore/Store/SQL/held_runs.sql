-- The runs that a worker has by the record, in the form in which they are given back, but for those that it names. Its claim batches
-- say which they may be; jobs_live is read by key.
select distinct j.id, j.run
from claim_batches b cross join lateral unnest(b.job_ids) as h (id) join jobs_live j on j.id = h.id
where b.worker_id = $1::uuid and j.worker_id = $1 and j.state = 'running'
  and not exists (select from unnest($2::uuid[], $3::int4[]) as n (id, run) where n.id = j.id and n.run = j.run)
