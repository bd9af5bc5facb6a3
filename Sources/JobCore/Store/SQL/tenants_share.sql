-- Whether the installation has more tenants than one.
select count(*) > 1 from (select from tenants limit 2) t
