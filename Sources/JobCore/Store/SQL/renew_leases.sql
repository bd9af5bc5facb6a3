-- Renews a batch of leases. A worker without a row back has lost its lease: its jobs are no longer its own.
update workers w
set lease_until = clock_timestamp() + $3::int8 * interval '1 ms', running = r.running
from (select * from unnest($1::uuid[], $2::int4[]) as u (id, running) order by id) r
where w.id = r.id
returning w.id
