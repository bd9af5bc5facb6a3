-- Tells the job-services which jobs one of them waits for, and which of those have ended; see JobWaitNotice for the text.
select pg_notify('qf_job_waits', notice) from unnest($1::text[]) as n (notice)
