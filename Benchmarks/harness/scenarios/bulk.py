"""Jobs in batches of 10 000, until the last is completed, beside queues that were filled before and are drained."""

import statistics
import time

from context import say, wait_for_completed
from figures import per_job, ratios, spread, table
from peers import PgQueuer, Sidekiq
from scenarios.http import cpu_tables

OURS = "QueueFlow"
# What a short run must reach: half of Sidekiq's drain, so that noise does not fail it.
LEAST = 0.5


def ours(system, count):
    """Batches by one connection. `submitted` ends with the last answer, end to end with the last job."""
    before, cpu, begin = system.completed(), system.cpu(), time.monotonic()
    system.push(count)
    submitted = time.monotonic() - begin
    wait_for_completed(system, before + count)
    whole = time.monotonic() - begin
    return {"jobs": count, "submitted_per_s": round(count / submitted), "end_to_end_per_s": round(count / whole),
            "cpu_us_per_job": per_job(cpu, system.cpu(), count)}


def theirs(system, count):
    """The drain begins with the first job that is gone and ends when the queue is empty: the start of the processes does not count,
    nor do the few jobs that are still at work then."""
    system.push(count)
    if system.left() != count:
        raise RuntimeError("not all was pushed; see " + str(system.home))
    system.start_workers()
    first = wait_for_drain(system, lambda left: left < count)
    cpu, begin = system.cpu(), time.monotonic()
    wait_for_drain(system, lambda left: left == 0)
    seconds = time.monotonic() - begin
    return {"jobs": count, "drained_per_s": round(first / seconds),
            "cpu_us_per_job": per_job(cpu, system.cpu(), first)}


def wait_for_drain(system, is_enough):
    """Waits until the number of jobs that are left is enough; returns it."""
    end = time.monotonic() + 300
    while not is_enough(left := system.left()):
        system.must_run()
        if time.monotonic() > end:
            raise TimeoutError(f"{left} jobs were left after 300 s")
        time.sleep(0.02)
    return left


def run(context):
    count = context.size(300_000, 100_000)
    counts = {Sidekiq: count, PgQueuer: context.size(30_000, 10_000)}
    rounds = {}
    for number_of_round in range(context.repeat):
        with context.queueflow() as system:
            ours(system, 20_000)
            rounds.setdefault(OURS, []).append(ours(system, count))
        for kind, size in counts.items():
            with context.peer(kind) as system:
                rounds.setdefault(kind.title, []).append(theirs(system, size))
        say(f"bulk, round {number_of_round + 1}: " + ", ".join(
            f"{name} {each[-1].get('end_to_end_per_s') or each[-1]['drained_per_s']}/s" for name, each in rounds.items()))
    whole = [each["end_to_end_per_s"] for each in rounds[OURS]]
    return {"batch": 10_000, "rounds": rounds, "ratios": {
        kind.title: round(ratios(whole, [each["drained_per_s"] for each in rounds[kind.title]]), 2) for kind in counts}}


def report(result):
    rows = []
    for name, all in result["rounds"].items():
        done = "end_to_end_per_s" if name == OURS else "drained_per_s"
        rows.append([name + (", end to end" if name == OURS else ", drain only"), all[0]["jobs"],
                     spread([each["submitted_per_s"] for each in all]) if name == OURS else "-",
                     spread([each[done] for each in all]), result["ratios"].get(name, "1"),
                     statistics.median(each["cpu_us_per_job"]["all"] for each in all)])
    yield table(["batches of 10 000", "jobs", "submitted/s", "done/s", "ours : theirs", "CPU us/job"], rows)
    yield from cpu_tables(result["rounds"])


def check(result):
    """What is far below what it was."""
    found = result["ratios"][Sidekiq.title]
    if not found >= LEAST:
        yield f"bulk: QueueFlow is {found} times {Sidekiq.title}; at least {LEAST} was expected"
