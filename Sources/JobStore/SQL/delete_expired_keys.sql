-- Removes expired keys, oldest first, and passes over those that a request is taking over. Reads idempotency_keys_expiry.
with expired as (
    select tenant, key from idempotency_keys where expires_at <= now()
    order by expires_at limit $1::int4 for update skip locked
), removed as (
    delete from idempotency_keys k using expired e where k.tenant = any (array[e.tenant]) and k.key = e.key returning 1
)
select count(*) from removed
