-- Marks jobs that were just stored as those whose end the schedulers want to hear of.
update jobs_live set awaited = true where id = any ($1::uuid[])
