-- Forgets claim batches whose jobs have all ended. A worker closes none but its own; one that is bound to a tenant none of which a run
-- goes on, either, whatever it says: that run would be looked for as nobody's, and not found. The installation's own workers are
-- believed. Read by their ids: the index by worker may be full of batches that are gone, so the workers are compared in a way that has
-- no use for it.
delete from claim_batches b using unnest($1::int8[], $2::uuid[]) as c (id, worker_id)
where b.id = any (array[c.id]) and b.worker_id is not distinct from c.worker_id
and (
    exists (select from workers w where w.id = any (array[c.worker_id]) and w.tenant is null)
    or not exists (
        select from jobs_live j where j.id = any (b.job_ids) and j.state = 'running' and j.worker_id = b.worker_id
    )
)
