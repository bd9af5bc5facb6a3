-- The payloads of jobs that are to be retried, which are locked first. Each table is read by key.
with waiting as (
    select id, payload from jobs_live
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and state in ('scheduled', 'retrying')
      and ($3::text[] is null or state::text = any ($3))
    order by id
    for update
), dead as (
    select id, payload from jobs_dead
    where id = any ($1::uuid[]) and ($2::text is null or tenant = $2) and ($3::text[] is null or 'dead' = any ($3))
    order by id
    for update
)
select id, payload from waiting union all select id, payload from dead
