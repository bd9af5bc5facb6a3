-- Whose each key is. A statement of its own after take_idempotency_keys, so that it sees what has committed meanwhile. Reads by
-- key; the key's row is locked by then and cannot go.
select a.place, k.job_id, k.fingerprint
from unnest($1::text[], $2::text[]) with ordinality as a (tenant, key, place)
join idempotency_keys k on k.tenant = a.tenant and k.key = a.key
