-- What event streams tell of some jobs, wherever their states keep them. Reads each table by key.
select id, tenant, queue, type, priority::text, state::text, run, attempt, error, worker_id
from jobs where id = any ($1::uuid[])
