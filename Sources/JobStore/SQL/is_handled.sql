-- Whether a live worker could run a job of a tenant, queue and type.
select exists (
    select from workers w
    where w.lease_until > now() and (w.tenant is null or w.tenant = $1::text)
      and (w.queues = '{}' or $2::text = any (w.queues)) and $3::text = any (w.types)
)
