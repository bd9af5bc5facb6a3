-- A worker that has drained says goodbye. Its lease stays to run out when it still holds jobs.
delete from workers w where id = $1::uuid
and not exists (
    select from claim_batches b join jobs_live j on j.id = any (b.job_ids)
    where b.worker_id = w.id and j.state = 'running' and j.worker_id = w.id
)
