-- Who may use the platform. A tenant comes to be with its first account or key.
create table tenants (
    name       text        primary key,
    created_at timestamptz not null default now()
);

create table users (
    id            uuid        primary key,
    tenant        text        not null references tenants (name),
    username      text        not null unique,
    role          text        not null check (role in ('ADMIN', 'USER', 'WORKER')),
    password_hash text        not null,              -- scrypt, with its parameters
    disabled      boolean     not null default false,
    epoch         integer     not null default 0,    -- access tokens of an earlier one are worth nothing
    -- Hash of the password that the process's settings gave last; null for accounts that they do not name.
    settings_hash text,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

-- Tokens that are good for one more access token each. All that descend from one login are a family: its id is the
-- session's, and when one of them is used twice none of them is good any more.
create table refresh_tokens (
    hash       bytea       primary key,              -- SHA-256 of 32 random bytes
    family     uuid        not null,
    user_id    uuid        not null references users (id) on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_family on refresh_tokens (family);
create index refresh_tokens_user on refresh_tokens (user_id);
-- Expired ones are removed a few at a time, whenever another is made.
create index refresh_tokens_expiry on refresh_tokens (expires_at);

create table api_keys (
    id           uuid        primary key,
    tenant       text        not null references tenants (name),
    name         text        not null,
    prefix       text        not null,               -- the key's beginning, for people
    hash         bytea       not null unique,        -- SHA-256 of the key, which has 32 random bytes
    role         text        not null check (role in ('ADMIN', 'USER', 'WORKER')),
    scopes       text[],                             -- null for everything that the role may do
    created_by   text        not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,                        -- to the minute, about
    revoked_at   timestamptz
);
create index api_keys_tenant on api_keys (tenant);

-- What is no longer good although it has not expired: read now and then by every process that checks credentials, and
-- announced on a channel. A row is needed for as long as an access token lives.
create table revocations (
    at      timestamptz not null default now(),
    kind    text        not null check (kind in ('user', 'session', 'key')),
    subject uuid        not null,
    epoch   integer     not null default 0           -- of a user: tokens of an earlier one are worth nothing
);
create index revocations_at on revocations (at);
