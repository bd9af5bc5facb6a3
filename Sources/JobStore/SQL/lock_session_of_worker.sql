-- A worker is about to say goodbye: its row, if this is its present session. Waits for its claims that are under way.
select id from workers where id = $1::uuid and session = $2::int8 for update
