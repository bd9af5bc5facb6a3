"""What the rate becomes after a fault: PostgreSQL restarts, its connections are cut or taken, workers are killed."""

import contextlib
import os
import signal
import time

import psycopg

import phases
from processes import wait_until

WORKERS = ["worker-1", "worker-2"]


def postgres_restart(context):
    """The server stops, and starts again after half of the phase."""
    with context.queueflow() as system:
        def restart(end):
            pid = system.pid("postgres")
            os.kill(pid, signal.SIGINT)
            phases.rest(end, (end - time.monotonic()) / 2)
            wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "PostgreSQL has stopped")
            system.up()
        return phases.three(context, system, restart)


def pg_backend_kill(context):
    """Twice a second one of the stack's connections is ended by pg_terminate_backend."""
    with context.queueflow() as system:
        def kill(end):
            with psycopg.connect(system.database_url(), autocommit=True) as connection:
                while time.monotonic() < end:
                    connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                                       "and pid <> pg_backend_pid() and backend_type = 'client backend' order by random() limit 1")
                    phases.rest(end, 0.5)
        return phases.three(context, system, kill)


def pool_exhaustion(context):
    """Somebody else holds three quarters of all connections that PostgreSQL allows, idle."""
    with context.queueflow() as system:
        def take(end):
            most = int(system.sql("show max_connections")[0][0])
            with contextlib.ExitStack() as held:
                for _ in range(most * 3 // 4):
                    held.enter_context(psycopg.connect(system.database_url()))
                phases.rest(end)
        return phases.three(context, system, take)


def with_two_workers(context, act):
    with context.queueflow(worker=False) as system:
        for name in WORKERS:
            system.start_worker(name)
        system.wait_for_workers(2)
        return phases.three(context, system, lambda end: act(system, end))


def crash_recovery(context):
    """One of two workers is killed, and starts again after half of the phase."""
    def crash(system, end):
        system.extra[WORKERS[0]].stop(signal.SIGKILL)
        phases.rest(end, (end - time.monotonic()) / 2)
        system.start_worker(WORKERS[0])
    return with_two_workers(context, crash)


def repeated_kills(context):
    """Six times in the phase one of two workers in turn is killed and starts again at once."""
    def crash(system, end):
        step = (end - time.monotonic()) / 6
        for number in range(6):
            name = WORKERS[number % 2]
            system.extra[name].stop(signal.SIGKILL)
            system.start_worker(name)
            phases.rest(end, step)
    return with_two_workers(context, crash)


def run(context):
    return phases.run_all(context, "chaos", {each.__name__: each for each in (
        postgres_restart, pg_backend_kill, pool_exhaustion, crash_recovery, repeated_kills)})


def report(result):
    return phases.tables("chaos", result)
