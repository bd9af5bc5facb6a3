-- Takes the bytes of the finished jobs of a day, and of the days before, out of their tenants' totals, once they are removed.
with gone as (
    delete from tenant_days where day <= to_date($1::text, 'YYYYMMDD') returning tenant, bytes
)
update tenant_totals t set stored = t.stored - g.bytes
from (select tenant, sum(bytes) as bytes from gone group by tenant order by tenant) g where t.tenant = any (array[g.tenant])
