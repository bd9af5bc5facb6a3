-- Ends a session, after a refresh of it that is under way: its refresh token is good no more.
delete from sessions where id = $1::uuid
