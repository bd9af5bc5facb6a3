-- A page of dead letters: $13 at most of those that walk_dead_letters.sql finds, whose text takes the place of the line `-- walk`, and the last
-- one of these in any case. It ends as soon as it has enough; so the window has no order but that of the walk.
select * from (
    select w.id, w.tenant, w.queue, w.type, w.priority::text, w.run, w.attempt, w.max_attempts, w.worker_id, w.created_at,
           w.finished_at as died_at, w.reason, w.kind, w.error, w.fingerprint, row_number() over walk as number,
           lead(w.id) over walk is null as is_last,
           ($1::text is null or w.queue = $1) and ($2::text is null or w.type = $2) and ($3::text is null or w.reason = $3)
           and ($5 is null or w.tenant = $5) and ($6::timestamptz is null or w.created_at >= $6)
           and ($7::timestamptz is null or w.created_at < $7) as is_match
    from (
-- walk
    ) w
    window walk as (rows between unbounded preceding and current row)
) s
where s.is_match or s.is_last
limit $13::int4
