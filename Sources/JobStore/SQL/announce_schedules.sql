-- Wakes the schedulers, as a schedule may be due earlier than they think.
select pg_notify('qf_schedules', '')
