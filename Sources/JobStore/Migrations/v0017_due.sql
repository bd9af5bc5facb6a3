-- From when on a job that was delayed, or sent round again, may be said to be late; null means from its creation. run_at is gone by then.
alter table jobs_live add column due_at timestamptz;
