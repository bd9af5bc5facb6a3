-- How far the history by the minute is kept, and what had been counted of a queue ($1 and $2), a tenant or everybody when its last row was
-- written; nulls of what has no row. Tells whether there is the tenant, too. Reads by key.
select now() as at, k.began, k.closed, k.seen_at, k.oldest_at, b.submitted, b.completed, b.failed, b.died, b.cancelled, b.queued, b.running,
       $1 = '' or exists (select from tenants t where t.name = $1) as is_known
from figure_keeping k
left join lateral (select * from minute_bases where tenant = $1::text and queue = $2::text limit 1) b on true
where k.only_row
