-- Whether a worker's lease has run out. Reads the few workers there are.
select exists (select from workers where lease_until < clock_timestamp())
