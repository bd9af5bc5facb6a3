-- Gives runs to workers: those that they name, as a record told of them, and what they pull from backlogs. Who asks must be in the
-- session that its worker's row tells of; that row's key is share-locked, so that this and the end of a lease or a session exclude
-- each other. The row also tells whose jobs alone the worker may have. A job that another transaction holds is passed over, and so is a
-- paused queue, and what a tenant has that rests. Pulls of one backlog are made together: $11 to $15 say which of its jobs, counted from 1, each worker gets. What is named
-- is not pulled as well: a pull that finds fewer than asked for tells that there are no more. A worker is given jobs until their payloads
-- have $16 bytes. Named jobs are read by key, and so is the checkpoint of a job that ran before; a backlog is walked on
-- jobs_live_backlog from where it was left.
with claims as (
    select * from unnest($1::uuid[], $2::int4[], $3::uuid[], $4::int8[]) as c (id, run, worker_id, session)
), pulls as (
    select * from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::int4[]) with ordinality
                  as p (tenant, queue, priority, type, since, total, place)
), shares as (
    select * from unnest($11::int8[], $12::int4[], $13::int4[], $14::uuid[], $15::int8[]) as s (place, first, last, worker_id, session)
), leased as (
    select w.id, w.session, w.tenant from (select worker_id, session from claims union select worker_id, session from shares) a
    join workers w on w.id = any (array[a.worker_id]) and w.session = any (array[a.session])
    for key share of w
), named as (
    select j.id, j.queued_at, j.payload_bytes, c.worker_id
    from claims c join leased l on l.id = c.worker_id and l.session = c.session join jobs_live j on j.id = any (array[c.id])
    where j.state = 'queued' and j.run = c.run - 1 and (l.tenant is null or j.tenant = l.tenant)
      and not coalesce((select q.paused from queues q where q.tenant = j.tenant and q.name = j.queue), false)
      and coalesce((select t.state from tenants t where t.name = j.tenant), 'active') = 'active'
    for update of j skip locked
), pulled as (
    select p.place, p.tenant, j.*, row_number() over (partition by p.place order by j.queued_at, j.id) as number
    from pulls p cross join lateral (
        select id, queued_at, payload_bytes from jobs_live
        where tenant = p.tenant and queue = p.queue and priority = p.priority::job_priority and type = p.type
          and queued_at >= p.since and state = 'queued' and id not in (select id from named)
        order by queued_at limit p.total
        for update skip locked
    ) j
    where not coalesce((select q.paused from queues q where q.tenant = p.tenant and q.name = p.queue), false)
      and coalesce((select t.state from tenants t where t.name = p.tenant), 'active') = 'active'
), shared as materialized (
    select s.place, s.first, s.last, s.worker_id, l.tenant as bound_to
    from shares s join leased l on l.id = s.worker_id and l.session = s.session
), candidates as (
    select distinct on (id) id, worker_id, place, queued_at, payload_bytes
    from (
        select id, worker_id, 0 as place, queued_at, payload_bytes from named
        union all
        select p.id, s.worker_id, p.place, p.queued_at, p.payload_bytes
        from pulled p full join shared s on s.place = p.place
        where coalesce(p.number between s.first and s.last and (s.bound_to is null or p.tenant = s.bound_to), false)
    ) c
    order by id, place
), given as (
    select id, worker_id, place
    from (select *, sum(payload_bytes) over (partition by worker_id order by place, queued_at, id) - payload_bytes as before from candidates) c
    where before < $16::int8
), claimed as (
    update jobs_live j
    set state = 'running', run = j.run + 1, attempt = j.attempt + 1, worker_id = g.worker_id, started_at = now()
    from given g where j.id = any (array[g.id])
    returning j.id, j.run, j.worker_id, j.attempt, j.max_attempts, j.timeout_ms, j.queued_at, j.trace, j.retry, j.payload,
              j.tenant, j.queue, j.priority, j.type, g.place, j.created_at, j.tags
), batches as (
    insert into claim_batches (worker_id, job_ids)
    select worker_id, array_agg(id) from claimed group by worker_id
    returning id, worker_id
), counted as (
    insert into job_counters as c (tenant, queue, priority, type, slot, queued, running)
    select tenant, queue, priority, type, (select counter_slot()), -count(*), count(*)
    from claimed group by tenant, queue, priority, type order by tenant, queue, priority, type
    on conflict (tenant, queue, priority, type, slot) do update set
        queued = c.queued + excluded.queued, running = c.running + excluded.running
)
select c.id, c.run, c.worker_id, c.attempt, c.max_attempts, c.timeout_ms, c.queued_at, c.trace, c.retry, c.payload, b.id as batch_id,
       c.place::int4, case when c.place = 0 then c.tenant end as tenant, case when c.place = 0 then c.queue end as queue,
       case when c.place = 0 then c.priority::text end as priority, case when c.place = 0 then c.type end as type,
       (select count(*) > 1 from (select from tenants limit 2) t) as tenants_share, c.created_at, c.tags,
       case when c.run > 1 then (select n.checkpoint from job_notes n where n.job_id = c.id) end as checkpoint,
       now() as granted_at
from claimed c join batches b using (worker_id)
