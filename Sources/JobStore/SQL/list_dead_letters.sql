-- A page of dead letters, the latest death first, from a cursor on. Relies on jobs_dead_died, jobs_dead_tenant or
-- jobs_dead_fingerprint.
select id, tenant, queue, type, priority::text, run, attempt, max_attempts, worker_id, created_at, finished_at as died_at,
       reason, kind, error, fingerprint
from jobs_dead
where ($1::text is null or queue = $1) and ($2::text is null or type = $2) and ($3::text is null or reason = $3)
  and ($4::text is null or fingerprint = $4) and ($5::text is null or tenant = $5)
  and ($6::timestamptz is null or created_at >= $6) and ($7::timestamptz is null or created_at < $7)
  and ($8::timestamptz is null or finished_at >= $8) and ($9::timestamptz is null or finished_at < $9)
  and ($10::timestamptz is null or (finished_at, id) < ($10, $11::uuid))
order by finished_at desc, id desc limit $12::int4
