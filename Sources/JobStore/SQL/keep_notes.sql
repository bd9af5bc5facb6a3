-- Keeps what handlers say of their runs: progress and checkpoints, of which the last counts, and log lines, of which a run keeps so many
-- that their places differ and a job those of its last $14 runs. Only who holds a run may speak of it; which those are is answered.
-- A run is named once. jobs_live is read by key. Runs and lines are joined in full, as these are merged however many PostgreSQL
-- believes there are, and `is true` keeps it from a join where it looks up by hash.
with said as (
    select * from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::float8[], $5::text[], $6::json[])
                  as s (id, run, worker_id, progress, message, checkpoint)
), held as (
    select s.*, j.tenant from said s join jobs_live j on j.id = any (array[s.id])
    where j.run = s.run and j.worker_id = s.worker_id and j.state = 'running'
), noted as (
    insert into job_notes as n (job_id, run, progress, message, progressed_at, checkpoint)
    select id, run, progress, message, case when progress is not null then now() end, checkpoint
    from held where progress is not null or checkpoint is not null order by id
    on conflict (job_id) do update set
        run = excluded.run, progress = coalesce(excluded.progress, n.progress),
        message = case when excluded.progress is null then n.message else excluded.message end,
        progressed_at = coalesce(excluded.progressed_at, n.progressed_at),
        checkpoint = coalesce(excluded.checkpoint, n.checkpoint)
    where n.run <= excluded.run
), lines as (
    select * from unnest($7::uuid[], $8::int4[], $9::int4[], $10::int4[], $11::int8[], $12::text[], $13::text[])
                  as l (id, run, place, number, age_ms, level, message)
), logged as (
    insert into job_logs as l (job_id, run, place, number, at, level, message)
    select l.id, l.run, l.place, l.number, now() - l.age_ms * interval '1 ms', l.level, l.message
    from lines l full join held h on h.id = l.id and h.run = l.run where coalesce(h.id = l.id, false) order by l.id, l.place
    on conflict (job_id, run, place) do update set
        number = excluded.number, at = excluded.at, level = excluded.level, message = excluded.message
    where l.number < excluded.number
), forgotten as (
    delete from job_logs l using (select id, run from held where (id in (select id from lines)) is true) h
    where l.job_id = any (array[h.id]) and l.run <= h.run - $14::int4
)
select id, run, tenant from held
