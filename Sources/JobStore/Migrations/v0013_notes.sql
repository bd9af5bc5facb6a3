-- What handlers say of their jobs while they run, apart from the jobs themselves: few say anything, and theirs are not moved with them.
create table job_notes (
    job_id        uuid             not null primary key,
    run           integer          not null,   -- which spoke last
    progress      double precision,            -- from 0 to 1
    message       text,
    progressed_at timestamptz,
    checkpoint    json                         -- what the next attempt is given; the JSON text null means nothing
);

-- The last lines of each run: a line takes the place of the one that is as many before it as are kept.
create table job_logs (
    job_id  uuid        not null,
    run     integer     not null,
    place   integer     not null,
    number  integer     not null,   -- counts the run's lines from 0
    at      timestamptz not null,
    level   text        not null,
    message text        not null,
    primary key (job_id, run, place)
);
