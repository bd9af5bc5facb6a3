-- Ends a session: its refresh tokens are good no more.
delete from refresh_tokens where family = $1::uuid
