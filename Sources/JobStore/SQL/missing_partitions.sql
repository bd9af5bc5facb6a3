-- The days from today through $1 days ahead that have no partition of jobs_finished yet.
select to_char(d, 'YYYYMMDD') as day, d::date::text as first, (d::date + 1)::text as last
from generate_series(date_trunc('day', now() at time zone 'UTC'), date_trunc('day', now() at time zone 'UTC') + $1::int4 * interval '1 day',
                     interval '1 day') d
where to_regclass('jobs_finished_' || to_char(d, 'YYYYMMDD')) is null
