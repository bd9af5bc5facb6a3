-- Moves schedules to other instants, unless they were dealt with or written anew meanwhile.
update schedules s set next_at = t.next_at
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int4[]) as t (id, next_at, settled_at, version)
where s.id = any (array[t.id]) and s.settled_at = t.settled_at and s.version = t.version
