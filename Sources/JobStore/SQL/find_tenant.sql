-- A tenant with what it has of everything that is limited: counted, or as it is kept. Reads all tables by a tenant's keys.
select t.name, t.state, t.limits::text as limits, t.version, t.created_at, t.updated_at, t.removed_jobs, t.queues,
       (select count(*) from schedules s where s.tenant = t.name) as schedules,
       (select coalesce(sum(s.firings), 0)::int8 from schedules s where s.tenant = t.name) as firings,
       (select count(*) from api_keys k where k.tenant = t.name and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()))
           as api_keys,
       (select count(*) from workers w where w.tenant = t.name and w.lease_until > now()) as workers,
       (coalesce(f.waiting, 0) + coalesce(u.waiting, 0))::int8 as waiting, (coalesce(f.stored, 0) + coalesce(u.stored, 0))::int8 as stored
from tenants t
left join lateral (select waiting, stored from tenant_totals where tenant = any (array[t.name])) f on true
left join lateral (
    select sum(scheduled + queued + retrying) as waiting, sum(stored) as stored
    from job_counters where tenant = t.name and slot >= 0
) u on true
where t.name = $1::text
