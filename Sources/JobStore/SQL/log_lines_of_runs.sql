-- Log lines of some runs, of each those from one number to another, in their order. Reads job_logs by the first two columns of its key: as many
-- rows as are kept of a run.
select l.job_id, l.run, l.number, l.level, l.message, (extract(epoch from now() - l.at) * 1000)::int8 as age_ms
from unnest($1::uuid[], $2::int4[], $3::int4[], $4::int4[]) with ordinality as w (job_id, run, first, last, place)
join job_logs l on l.job_id = any (array[w.job_id]) and l.run = w.run and l.number between w.first and w.last
order by w.place, l.number
