-- A worker has said goodbye, and all that it held was given back: its lease ends.
delete from workers where id = $1::uuid
