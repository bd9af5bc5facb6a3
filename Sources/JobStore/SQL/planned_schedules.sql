-- When some schedules fire next, and what that follows from. Walks the key from the cursor; all of them are read when the time zone
-- database was changed, and at no other time.
select id, cron, timezone, settled_at, next_at, created_at, version
from schedules where id > $1::uuid
order by id limit $2::int4
