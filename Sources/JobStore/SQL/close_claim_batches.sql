-- Forgets claim batches whose jobs have all ended. A worker closes none but its own. Read by their ids: the index by worker may be full
-- of batches that are gone, so the workers are compared in a way that has no use for it.
delete from claim_batches b using unnest($1::int8[], $2::uuid[]) as c (id, worker_id)
where b.id = any (array[c.id]) and b.worker_id is not distinct from c.worker_id
