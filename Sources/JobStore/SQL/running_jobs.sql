            -- A source of walk_jobs.sql: the jobs that workers hold, all or those of $24, by id from $1 down to $2. Reads claim_batches, which has
            -- what is at work only, or claim_batches_worker, and jobs_live by key. A job that has ended meanwhile has no state.
            select * from (
                select distinct u.id from claim_batches b cross join lateral unnest(b.job_ids) as u (id)
                where ($24::uuid is null or b.worker_id = $24) and u.id < $1::uuid and u.id >= $2::uuid
                order by u.id desc limit $3::int4
            ) h left join lateral (
                select * from jobs j where j.place = any ($4::text[]) and j.place = 'live' and j.id = h.id limit 1
            ) r using (id)
            order by id desc
