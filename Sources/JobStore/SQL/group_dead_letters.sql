-- The dead letters that walk_dead_letters.sql finds, whose text takes the place of the line `-- walk`, by their cause, the most frequent first, each
-- with its latest error. Each row tells how many were looked at; a cause of none that is meant has no error. The sample is found by
-- jobs_dead_fingerprint.
select c.*, s.type, s.kind, s.error, s.id as sample_id
from (
    select g.fingerprint, count(*) filter (where g.is_match) as count, min(g.finished_at) filter (where g.is_match) as first_died_at,
           max(g.finished_at) filter (where g.is_match) as last_died_at, (sum(count(*)) over ())::int8 as examined
    from (
        select w.fingerprint, w.finished_at,
               ($1::text is null or w.queue = $1) and ($2::text is null or w.type = $2) and ($3::text is null or w.reason = $3)
               and ($5 is null or w.tenant = $5) and ($6::timestamptz is null or w.created_at >= $6)
               and ($7::timestamptz is null or w.created_at < $7) as is_match
        from (
-- walk
        ) w
    ) g
    group by g.fingerprint order by 2 desc, 1 limit $13::int4
) c
left join lateral (
    select type, kind, error, id from jobs_dead d
    where d.fingerprint = c.fingerprint and d.finished_at = c.last_died_at and ($5 is null or d.tenant = $5)
    order by d.id desc limit 1
) s on c.count > 0
order by c.count desc, c.fingerprint
