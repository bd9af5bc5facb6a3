-- The next jobs that a filter is meant for, the newest first, among so many that are looked at after a cursor. Answers how many were
-- looked at, and the last of them. Ids carry their time, so each table is walked backwards by key; one without a wanted state is not touched.
with looked as (
    select * from (
        (
            select id, tenant, queue, type, state, tags, created_at, null as reason, null as fingerprint, null::timestamptz as died_at
            from jobs_live
            where id < $1::uuid and $3::text[] && array['scheduled', 'queued', 'running', 'retrying']
            order by id desc limit $2::int4
        ) union all (
            select id, tenant, queue, type, state, tags, created_at, null, null, null
            from jobs_finished
            where id < $1::uuid and $3::text[] && array['completed', 'cancelled']
            order by id desc limit $2::int4
        ) union all (
            select id, tenant, queue, type, 'dead', tags, created_at, reason, fingerprint, finished_at
            from jobs_dead
            where id < $1::uuid and 'dead' = any ($3::text[])
            order by id desc limit $2::int4
        )
    ) all_looked
    order by id desc limit $2::int4
)
select (select count(*) from looked) as looked, (select id from looked order by id limit 1) as last,
       array(
           select id from looked
           where state::text = any ($3) and ($4::text is null or tenant = $4) and ($5::text is null or type = $5)
             and ($6::text is null or queue = $6) and ($7::text is null or $7 = any (tags))
             and ($8::timestamptz is null or created_at >= $8) and ($9::timestamptz is null or created_at < $9)
             and ($10::text is null or reason = $10) and ($11::text is null or fingerprint = $11)
             and ($12::timestamptz is null or died_at >= $12) and ($13::timestamptz is null or died_at < $13)
           order by id desc limit $14::int4
       ) as ids
