-- Renews a batch of leases. A worker without a row back has lost its lease, or has opened another session: its jobs are no longer
-- this one's.
update workers w
set lease_until = clock_timestamp() + $4::int8 * interval '1 ms', running = r.running
from (select * from unnest($1::uuid[], $2::int8[], $3::int4[]) as u (id, session, running) order by id) r
where w.id = any (array[r.id]) and w.session = r.session
returning w.id, w.draining
