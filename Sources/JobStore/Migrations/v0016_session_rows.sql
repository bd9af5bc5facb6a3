-- A session is one row, and what uses or ends it waits for the others on it: a token that was made while the session ended can no longer
-- outlive it. The row knows the one token that is good, and what all tokens of the session have in common, by which one that was good
-- before is known for what it is however long ago that was. Sessions from before end: their tokens have nothing in common.
drop table refresh_tokens;
create table sessions (
    id         uuid        primary key,
    user_id    uuid        not null references users (id) on delete cascade,
    epoch      integer     not null,                 -- of the account when the session began; a later one ends it
    family     bytea       not null unique,          -- SHA-256 of what its tokens begin with, 32 random bytes
    token      bytea       not null,                 -- SHA-256 of what the good one ends with, 32 random bytes
    expires_at timestamptz not null
);
create index sessions_user on sessions (user_id, expires_at);
-- Expired ones are removed a few at a time, whenever another begins.
create index sessions_expiry on sessions (expires_at);
