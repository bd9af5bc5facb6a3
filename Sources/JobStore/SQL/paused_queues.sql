-- The queues that are paused.
select tenant, name from queues where paused
