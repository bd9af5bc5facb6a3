    -- A step of a walk through jobs, the newest first: those that are meant, $23 at most. At most $3 are looked at, and no more payloads than
    -- have $18 bytes as they are kept. The last row tells how far that came, be its job meant or not: which it is of those that were looked at
    -- (`number`), and whether none of the $3 is left after it (`is_last`). Where the jobs come from, by which index and in their order, stands
    -- in a file of its own, whose text takes the place of the line `-- source`. A walk ends as soon as it has enough; so the window has no
    -- order but that one. PostgreSQL cannot read what says \u0000 in a payload, so another character stands for it.
    select s.*, coalesce(m.is_match, false) as is_match
    from (
        select k.*, row_number() over walk as number, lead(k.id) over walk is null as is_last,
               sum(k.cost) over walk - k.cost as spent
        from (
            select a.*, case when $15::text is null and $16::text[] is null then 0
                             else coalesce(pg_column_size(a.payload), 0) end as cost
            from (
-- source
            ) a
        ) k
        window walk as (rows between unbounded preceding and current row)
    ) s
    cross join lateral (
        select case when s.spent < $18::int8 then
            ($7::text is null or s.tenant = $7) and ($8::text[] is null or s.state::text = any ($8))
            and ($9::text is null or s.type = $9) and ($10::text is null or s.queue = $10)
            and ($11::text is null or s.priority::text = $11) and ($12::text is null or $12 = any (s.tags))
            and ($13::uuid is null or s.parent_id = $13) and ($24::uuid is null or s.worker_id = $24)
            and ($5::timestamptz is null or s.created_at >= $5) and ($6::timestamptz is null or s.created_at < $6)
            and ($19::text is null or s.fingerprint = $19) and ($20::text is null or s.reason = $20)
            and ($21::timestamptz is null or s.finished_at >= $21) and ($22::timestamptz is null or s.finished_at < $22)
            and ($14::text is null or s.error is not null and $14 = coalesce(s.kind, (
                select f.kind from job_attempts f where f.job_id = s.id order by f.run desc limit 1
            )))
            and ($15::text is null or s.type ilike $15 or s.error ilike $15 or s.payload::text ilike $15)
            and ($16::text[] is null or (
                select case json_typeof(f.found) when 'null' then 'null' when 'object' then null when 'array' then null
                            else f.found #>> '{}' end = $17::text
                from (
                    select case when position('\u0000' in s.payload::text) > 0
                                then replace(s.payload::text, '\u0000', '\ufffd')::json else s.payload end #> $16 as found
                ) f
            ))
        end as is_match
    ) m
    where m.is_match or s.spent < $18::int8 and (s.is_last or s.spent + s.cost >= $18::int8)
    limit $23::int4
