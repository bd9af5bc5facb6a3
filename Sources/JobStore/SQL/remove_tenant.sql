-- Removes a tenant, which is locked, and of which nothing is left.
delete from tenants where name = $1::text
