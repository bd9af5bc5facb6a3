-- Ends all sessions of an account. Relies on sessions_user.
delete from sessions where user_id = $1::uuid
