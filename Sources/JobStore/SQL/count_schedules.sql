-- How many schedules a tenant has besides one, and how many firings they come to in a minute. Reads schedules_tenant.
select count(*) as schedules, coalesce(sum(firings), 0)::int8 as firings from schedules where tenant = $1::text and id <> $2::uuid
