-- Whether a schedule makes jobs for a queue. Reads the schedules of a tenant.
select exists (select from schedules where tenant = $1::text and queue = $2::text) as is_scheduled
