-- What waits although no live worker has a handler for it, as the schedulers found it last: types, with their tenant and since when.
select tenant, type, min(since) as since from unhandled_backlogs
where $1::text is null or tenant = $1
group by tenant, type order by tenant, type limit $2::int4
