-- How many queues there are, used or configured, and schedules. Reads all of job_counters, queue_totals, queues and schedules: for now and
-- then.
select (select count(*) from (
            select tenant, queue from job_counters union select tenant, queue from queue_totals union select tenant, name from queues
        ) q) as queues,
       (select count(*) from schedules where not paused) as active,
       (select count(*) from schedules where paused) as paused
