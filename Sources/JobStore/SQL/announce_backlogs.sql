-- Tells the job-services which backlogs wait; see BacklogNotice for the text.
select pg_notify('qf_backlogs', notice) from unnest($1::text[]) as n (notice)
