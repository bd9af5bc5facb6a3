    -- Dead letters, the latest death first, from a cursor ($10, $11) on, $12 at most: of a cause ($4) by jobs_dead_fingerprint, of a tenant ($5) by
    -- jobs_dead_tenant, or all by jobs_dead_died. What leads the index is named twice so that no other one has the order. Of the three only
    -- one is carried out.
    (select * from jobs_dead
     where $4::text is not null
       and (fingerprint, finished_at, id) < ($4, coalesce($10::timestamptz, 'infinity'), coalesce($11::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and (fingerprint, finished_at) < ($4, coalesce($9::timestamptz, 'infinity'))
       and (fingerprint, finished_at) >= ($4, coalesce($8::timestamptz, '-infinity'))
     order by fingerprint desc, finished_at desc, id desc limit $12::int4)
    union all
    (select * from jobs_dead
     where $4 is null and $5::text is not null
       and (tenant, finished_at, id) < ($5, coalesce($10, 'infinity'), coalesce($11, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and (tenant, finished_at) < ($5, coalesce($9, 'infinity')) and (tenant, finished_at) >= ($5, coalesce($8, '-infinity'))
     order by tenant desc, finished_at desc, id desc limit $12)
    union all
    (select * from jobs_dead
     where $4 is null and $5 is null
       and (finished_at, id) < (coalesce($10, 'infinity'), coalesce($11, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and finished_at < coalesce($9, 'infinity') and finished_at >= coalesce($8, '-infinity')
     order by finished_at desc, id desc limit $12)
