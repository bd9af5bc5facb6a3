-- Notes that a refresh token was used.
update refresh_tokens set used_at = now() where hash = $1::bytea
