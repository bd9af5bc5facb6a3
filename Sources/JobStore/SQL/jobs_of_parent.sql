            -- A source of walk_jobs.sql: the jobs that a job's handler submitted by id from $1 down to $2. Walks jobs_live_parent,
            -- jobs_finished_parent and jobs_dead_parent backwards; the parent is named twice so that no other index has their order.
            select * from jobs
            where place = any ($4::text[]) and parent_id is not null
              and (parent_id, id) < ($13::uuid, $1::uuid) and (parent_id, id) >= ($13, $2::uuid)
              and (finished_at is null or finished_at >= coalesce($5::timestamptz, '-infinity'))
            order by parent_id desc, id desc limit $3::int4
