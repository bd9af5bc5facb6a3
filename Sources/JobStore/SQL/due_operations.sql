-- The operations whose next batch is due, those that have waited longest first. One of a tenant that rests waits with it. Relies on
-- operations_due.
select o.id, o.tenant, o.kind, o.filter, o.ids[o.place + 1 : o.place + $2::int4] as ids, cardinality(o.ids) as named, o.place, o.cursor,
       o.patch, o.most, o.rate, o.created_at, o.changed, o.step
from operations o
where o.state in ('waiting', 'running') and o.next_at <= now()
  and coalesce((select t.state from tenants t where t.name = o.tenant), 'active') = 'active'
order by o.next_at limit $1::int4
