-- Which of some queues a tenant does not have yet. Reads tenant_queues by key.
select a.queue from unnest($2::text[]) as a (queue)
where (select true from tenant_queues q where q.tenant = $1::text and q.queue = a.queue) is null
