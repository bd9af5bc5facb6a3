-- Takes the claim batches of workers that are gone: which jobs they may have.
with lost as (
    delete from claim_batches where worker_id = any ($1::uuid[]) returning worker_id, job_ids
)
select worker_id, unnest(job_ids) as id from lost
