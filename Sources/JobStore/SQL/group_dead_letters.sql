-- Dead letters by their cause, the most frequent first, each with its latest error. Counts what the filter is meant for; the
-- sample is found by jobs_dead_fingerprint.
with causes as (
    select fingerprint, count(*) as count, min(finished_at) as first_died_at, max(finished_at) as last_died_at
    from jobs_dead
    where ($1::text is null or queue = $1) and ($2::text is null or type = $2) and ($3::text is null or reason = $3)
      and ($4::text is null or fingerprint = $4) and ($5::text is null or tenant = $5)
      and ($6::timestamptz is null or created_at >= $6) and ($7::timestamptz is null or created_at < $7)
      and ($8::timestamptz is null or finished_at >= $8) and ($9::timestamptz is null or finished_at < $9)
    group by fingerprint order by count(*) desc, fingerprint limit $10::int4
)
select c.*, s.type, s.kind, s.error, s.id as sample_id from causes c cross join lateral (
    select type, kind, error, id from jobs_dead d
    where d.fingerprint = c.fingerprint and d.finished_at = c.last_died_at and ($5::text is null or d.tenant = $5)
    order by d.id desc limit 1
) s
order by c.count desc, c.fingerprint
