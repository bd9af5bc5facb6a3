-- Wakes the schedulers, as something is due earlier than they may think. Repeats within a transaction are one.
select pg_notify('qf_timers', '')
