-- How long, in seconds, until the next schedule is due; null when none is. One whose waiting firing may happen, as the job before it
-- has ended, is due now. Relies on schedules_due and schedules_waiting.
select case when exists (
           select from schedules s
           where not paused and not resting and waiting_at is not null and (select j.id from jobs_live j where j.id = s.last_job_id) is null
       ) then 0
       else (select extract(epoch from next_at - clock_timestamp()) from schedules where next_at is not null and not paused and not resting
             order by next_at limit 1)
       end::float8 as seconds
