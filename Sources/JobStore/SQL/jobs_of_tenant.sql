            -- A source of walk_jobs.sql: a tenant's jobs by id from $1 down to $2. Walks jobs_live_tenant, jobs_finished_tenant and
            -- jobs_dead_tenant_id backwards; the tenant is named twice so that no other index has their order.
            select * from jobs
            where place = any ($4::text[]) and tenant <> 'default' and (tenant, id) < ($7::text, $1::uuid) and (tenant, id) >= ($7, $2::uuid)
              and (finished_at is null or finished_at >= coalesce($5::timestamptz, '-infinity'))
            order by tenant desc, id desc limit $3::int4
