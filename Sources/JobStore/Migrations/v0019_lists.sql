-- no-transaction
-- compatible-with: 18
-- What lists of jobs are found by. A tenant's jobs are found by their ids, newest first, however many others have; the installation's own
-- tenant, which is alone in most, walks through all and pays for no index. Cancelled jobs are few among those that have ended.
create index if not exists jobs_live_tenant on jobs_live (tenant, id) where tenant <> 'default';
-- next
create index if not exists jobs_dead_tenant_id on jobs_dead (tenant, id) where tenant <> 'default';
-- next
create index if not exists jobs_finished_tenant on only jobs_finished (tenant, id) where tenant <> 'default';
-- next
create index if not exists jobs_finished_cancelled on only jobs_finished (id) where state = 'cancelled';
-- next
-- A day at a time, so that outcomes wait for the index of one day only. A day that is made from now on has both.
do $$
declare
    day regclass;
    part text;
begin
    for day, part in
        select c.oid::regclass, c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'jobs_finished'::regclass order by c.relname
    loop
        if not exists (
            select from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid
            where i.inhparent = 'jobs_finished_tenant'::regclass and x.indrelid = day
        ) then
            execute format('create index if not exists %I on %s (tenant, id) where tenant <> ''default''', part || '_tenant', day);
            execute format('alter index jobs_finished_tenant attach partition %I', part || '_tenant');
        end if;
        if not exists (
            select from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid
            where i.inhparent = 'jobs_finished_cancelled'::regclass and x.indrelid = day
        ) then
            execute format('create index if not exists %I on %s (id) where state = ''cancelled''', part || '_cancelled', day);
            execute format('alter index jobs_finished_cancelled attach partition %I', part || '_cancelled');
        end if;
        commit;
    end loop;
end $$
-- next
-- In which table a row is, so that the others need not be looked at; and what is known of dead letters only.
create or replace view jobs as
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, run_at, started_at, null::timestamptz as finished_at, worker_id, error,
           null::json as result, null::text as reason, cancel_requested_at, parent_id, 'live' as place, null::text as kind,
           null::text as fingerprint
    from jobs_live
    union all
    select id, state, run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, result, null, null, parent_id, 'finished', null, null
    from jobs_finished
    union all
    select id, 'dead', run, attempt, max_attempts, timeout_ms, priority, tenant, queue, type, tags, trace, retry, payload,
           created_at, queued_at, null, started_at, finished_at, worker_id, error, null, reason, null, parent_id, 'dead', kind, fingerprint
    from jobs_dead;
