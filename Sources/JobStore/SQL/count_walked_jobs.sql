-- Counts what walk_jobs.sql finds, whose text takes the place of the line `-- walk`, and tells of its last row.
select count(*) filter (where w.is_match) as jobs, coalesce(max(w.number), 0) as examined, coalesce(bool_or(w.is_last), true) as is_last,
       (array_agg(w.id order by w.number desc))[1] as last_id
from (
-- walk
) w
