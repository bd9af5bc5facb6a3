-- A worker says goodbye: its lease ends, if this is its present session. Waits for its claims that are under way.
delete from workers where id = $1::uuid and session = $2::int8
returning id
