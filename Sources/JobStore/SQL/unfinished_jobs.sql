-- Which of some jobs have not reached an end. Reads jobs_live by key.
select id from jobs_live where id = any ($1::uuid[])
