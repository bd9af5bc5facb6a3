-- How long jobs waited that started in the present minute and the $3 before it, oldest first, by key.
select minute, buckets from minute_waits
where tenant = $1::text and queue = $2::text and minute >= date_trunc('minute', now()) - $3::int4 * interval '1 minute'
order by minute
