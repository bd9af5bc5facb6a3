-- Removes a schedule. Its jobs stay, and its firings go when they are old enough.
delete from schedules where id = $1::uuid and ($2::text is null or tenant = $2)
