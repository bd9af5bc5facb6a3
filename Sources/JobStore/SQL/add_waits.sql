-- Adds a job-service's share of how long jobs waited to what the others added, by key. Buckets come as numbers with commas between them.
insert into minute_waits as w (tenant, queue, minute, buckets)
select tenant, queue, minute, string_to_array(buckets, ',')::int8[]
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) as n (tenant, queue, minute, buckets)
order by tenant, queue, minute
on conflict (tenant, queue, minute) do update set buckets = array(
    select coalesce(a, 0) + coalesce(b, 0) from unnest(w.buckets, excluded.buckets) with ordinality as u (a, b, place) order by place
)
