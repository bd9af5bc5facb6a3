-- Puts firings on record. An instant that has fired is left out, so that its job is not made again.
insert into schedule_firings (schedule_id, fire_at, job_id)
select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[])
on conflict do nothing
returning job_id
