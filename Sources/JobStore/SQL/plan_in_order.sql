-- How the walks through jobs are planned, for this transaction: once a connection, whatever their parameters, and along indexes that have the
-- order which is asked for, so that they end as soon as they have enough.
select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_sort', 'off', true), set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
