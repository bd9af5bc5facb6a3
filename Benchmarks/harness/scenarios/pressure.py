"""What the rate becomes under what breaks job queues on PostgreSQL: an open transaction, more load, readers of the hot tables, a burst."""

import threading
import time

import psycopg

import phases


def idle_in_tx(context):
    """A transaction that has written stays open, so that vacuum removes nothing."""
    with context.queueflow() as system:
        def open_transaction(end):
            with psycopg.connect(system.database_url()) as connection:
                connection.execute("create temporary table held as select pg_current_xact_id() as id")
                phases.rest(end)
                connection.rollback()
        return phases.three(context, system, open_transaction)


def sustained_high_load(context):
    """One and a half times the load, then the load again."""
    with context.queueflow() as system:
        return phases.three(context, system, under=1.5)


def active_readers(context):
    """Four connections scan the hot tables, each in one long transaction with one snapshot."""
    with context.queueflow() as system:
        def read(end):
            with psycopg.connect(system.database_url()) as connection:
                connection.execute("set transaction isolation level repeatable read read only")
                while time.monotonic() < end:
                    for name in ("jobs_live", "job_counters", "claim_batches", "workers"):
                        connection.execute(f"select count(*) from {name}").fetchall()
                    # As a dashboard would: again and again, but not without a pause, which would only show how cores are shared.
                    phases.rest(end, 0.1)

        def readers(end):
            threads = [threading.Thread(target=read, args=(end,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return phases.three(context, system, readers)


def event_burst(context):
    """Three times the load, more than the stack takes, then the load again."""
    with context.queueflow() as system:
        return phases.three(context, system, under=3)


def run(context):
    return phases.run_all(context, "pressure", {each.__name__: each for each in (idle_in_tx, sustained_high_load, active_readers, event_burst)})


def report(result):
    return phases.tables("pressure", result)
