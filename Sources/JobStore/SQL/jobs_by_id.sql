            -- A source of walk_jobs.sql: jobs by id from $1 down to $2. Walks each table backwards by key; days before $5 hold none that was
            -- created after it.
            select * from jobs
            where place = any ($4::text[]) and id < $1::uuid and id >= $2::uuid
              and (finished_at is null or finished_at >= coalesce($5::timestamptz, '-infinity'))
            order by id desc limit $3::int4
