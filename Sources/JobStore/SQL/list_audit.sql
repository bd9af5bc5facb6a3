-- A page of the audit log, the newest first: $4 at most of those that are meant, of $5 that are looked at, and the last one of these in any case. Walks
-- audit_log_pkey backwards and ends as soon as it has enough; so the window has no order but that of the walk.
select * from (
    select w.*, row_number() over walk as number, lead(w.id) over walk is null as is_last,
           ($1::text is null or w.actor = $1) and ($2::text is null or w.action = $2) as is_match
    from (
        select id, at, actor, tenant, action, target, details from audit_log
        where $3::int8 is null or id < $3 order by id desc limit $5::int4
    ) w
    window walk as (rows between unbounded preceding and current row)
) s
where s.is_match or s.is_last
limit $4::int4
