-- The queues that have a limit of their own. There are as many as administrators chose to make.
select tenant, name, max_depth from queues where max_depth is not null
