-- A job that waits for its time is known to the key once more when it is queued. Half-full pages take that entry as they are,
-- where full ones would first look for entries to remove.
alter index jobs_live_pkey set (fillfactor = 50);
