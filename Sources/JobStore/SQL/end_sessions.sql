-- Ends all sessions of an account.
delete from refresh_tokens where user_id = $1::uuid
