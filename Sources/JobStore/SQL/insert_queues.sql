-- Makes queues of a tenant, which is locked, and counts them in.
with made as (
    insert into tenant_queues (tenant, queue) select $1::text, a.queue from unnest($2::text[]) as a (queue)
    on conflict do nothing
    returning 1
)
update tenants set queues = queues + (select count(*) from made) where name = $1
