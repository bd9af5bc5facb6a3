-- Makes a tenant that is new.
insert into tenants (name) select $1::text where not exists (select from tenants where name = $1) on conflict (name) do nothing
