-- How many seconds until the next batch of an operation is due: negative when one is overdue. Relies on operations_due.
select extract(epoch from o.next_at - now())::float8
from operations o
where o.state in ('waiting', 'running') and coalesce((select t.state from tenants t where t.name = o.tenant), 'active') = 'active'
order by o.next_at limit 1
