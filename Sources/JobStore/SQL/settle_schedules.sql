-- Writes down through when locked schedules have been dealt with, what fired and what waits.
update schedules s set
    settled_at = t.settled_at, next_at = t.next_at, waiting_at = t.waiting_at, paused = s.paused or t.is_broken,
    last_at = coalesce(t.last_at, s.last_at), last_job_id = coalesce(t.last_job_id, s.last_job_id),
    skipped = s.skipped + t.skipped, skipped_at = case when t.skipped > 0 then now() else s.skipped_at end,
    skipped_reason = coalesce(t.skipped_reason, s.skipped_reason)
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::uuid[], $7::boolean[],
            $8::int8[], $9::text[])
     as t (id, settled_at, next_at, waiting_at, last_at, last_job_id, is_broken, skipped, skipped_reason)
where s.id = any (array[t.id])
