-- A tenant that is to be removed, which no other scheduler is at, and how far its removal has come. What was on its way when it was
-- suspended has arrived once that is a while ago. Reads tenants_deleting.
select name, removal::text as removal, removed_jobs, updated_at < now() - $1::int8 * interval '1 ms' as is_settled
from tenants where state = 'deleting' order by updated_at limit 1 for no key update skip locked
