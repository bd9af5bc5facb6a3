-- Takes keys that are free or have expired; runs in one transaction with insert_jobs, which stores only jobs whose key was
-- taken. Of two equal keys in a batch the first counts. Whoever comes second waits here until the first has committed. Keys
-- are taken in their order, and before anything else is locked, so that batches cannot wait for each other in a circle.
insert into idempotency_keys as k (tenant, key, fingerprint, job_id, expires_at)
select distinct on (a.tenant, a.key) a.tenant, a.key, a.fingerprint, a.job_id, now() + $5::int8 * interval '1 ms'
from unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[]) with ordinality as a (tenant, key, fingerprint, job_id, place)
order by a.tenant, a.key, a.place
on conflict (tenant, key) do update set
    fingerprint = excluded.fingerprint, job_id = excluded.job_id, expires_at = excluded.expires_at
where k.expires_at <= now()
