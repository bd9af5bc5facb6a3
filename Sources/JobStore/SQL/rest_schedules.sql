-- Lets a tenant's schedules rest, or go on. Reads schedules_tenant.
update schedules set resting = $2::boolean where tenant = $1::text and resting <> $2
