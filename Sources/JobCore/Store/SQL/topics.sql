-- Every topic there is.
select id, tenant, queue, priority::text, partitions from topics order by id
