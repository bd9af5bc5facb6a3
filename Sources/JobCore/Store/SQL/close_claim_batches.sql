-- Forgets claim batches whose jobs have all ended. A worker closes none but its own.
delete from claim_batches b using unnest($1::int8[], $2::uuid[]) as c (id, worker_id)
where b.id = any (array[c.id]) and b.worker_id = any (array[c.worker_id])
