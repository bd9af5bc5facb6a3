-- Whose each key is. A statement of its own after take_idempotency_keys, so that it sees what has committed meanwhile. Reads by
-- key; the key's row is locked by then and cannot go.
select a.place, k.job_id, k.fingerprint
from unnest($1::text[], $2::text[]) with ordinality as a (tenant, key, place)
cross join lateral (select job_id, fingerprint from idempotency_keys where tenant = a.tenant and key = a.key limit 1) k
