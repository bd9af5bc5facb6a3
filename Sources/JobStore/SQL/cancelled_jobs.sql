            -- A source of walk_jobs.sql: cancelled jobs by id from $1 down to $2. Walks jobs_finished_cancelled backwards.
            select * from jobs
            where place = any ($4::text[]) and state = 'cancelled' and id < $1::uuid and id >= $2::uuid
              and finished_at >= coalesce($5::timestamptz, '-infinity')
            order by id desc limit $3::int4
