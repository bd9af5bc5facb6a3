-- The next dead letters that a filter is meant for, of certain ids or of any, those that died first coming first, taken for this transaction.
-- Relies on jobs_dead_died, jobs_dead_tenant or jobs_dead_fingerprint.
select id from jobs_dead
where ($1::text is null or queue = $1) and ($2::text is null or type = $2) and ($3::text is null or reason = $3)
  and ($4::text is null or fingerprint = $4) and ($5::text is null or tenant = $5)
  and ($6::timestamptz is null or created_at >= $6) and ($7::timestamptz is null or created_at < $7)
  and ($8::timestamptz is null or finished_at >= $8) and ($9::timestamptz is null or finished_at < $9)
  and ($10::uuid[] is null or id = any ($10))
order by finished_at, id limit $11::int4
for update skip locked
