-- One tenant, of which nobody else makes anything that is counted, until the transaction ends. What only refers to it need not wait.
select name, state, limits::text as limits, version, created_at, updated_at, removed_jobs, queues
from tenants where name = $1::text
for no key update
