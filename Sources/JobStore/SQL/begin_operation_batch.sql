-- Begins a batch of an operation, by key: nobody else carries one out meanwhile. Gives nothing when somebody does, or did.
select id from operations
where id = $1::uuid and step = $2::int8 and finished_at is null and pg_try_advisory_xact_lock(20346, hashtext(id::text))
