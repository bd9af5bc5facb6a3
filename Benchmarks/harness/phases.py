"""Phases of a steady load that differ in what else happens, and the rates in each: what pressure and chaos are made of."""

import statistics
import threading
import time

import load
from context import say
from figures import milliseconds, ratio, table
from scenarios.wait import CONNECTIONS, capacity, single


def rest(end, seconds=None):
    """Waits until `end`, by time.monotonic, or for so many seconds if that is sooner."""
    left = end - time.monotonic()
    time.sleep(max(0, left if seconds is None else min(left, seconds)))


def phase(system, rate, seconds, meanwhile=None):
    """Offers single jobs at a rate. `meanwhile(end)` is what happens besides, until `end` by time.monotonic."""
    answers = []
    requests = single(system, 1)
    offered = threading.Thread(target=lambda: answers.append(load.pulse(system.home, system.port(), requests, CONNECTIONS, rate, seconds)))
    begin = time.time()
    offered.start()
    try:
        if meanwhile:
            meanwhile(time.monotonic() + seconds)
    finally:
        offered.join()
    return {"offered": int(rate * seconds), "taken": answers[0].count(), "from": begin, "until": begin + seconds,
            "post": milliseconds(answers[0].latencies, 0.5, 0.99)}


def look(system, phases):
    """Adds to each phase how many jobs were completed a second while it lasted, and how long those had waited; then waits for the last."""
    end = time.monotonic() + 120
    while (left := system.sql("select count(*) from jobs_live where state <> 'scheduled'")[0][0]) and time.monotonic() < end:
        time.sleep(0.2)
    for each in phases.values():
        done = system.sql("select extract(epoch from started_at - created_at)::float8 from jobs_finished "
                          "where finished_at >= to_timestamp(%s) and finished_at < to_timestamp(%s)", each["from"], each["until"])
        each["completed_per_s"] = round(len(done) / (each["until"] - each["from"]), 1)
        each["start"] = milliseconds([row[0] for row in done], 0.5, 0.99)
    before = phases["before"]["completed_per_s"]
    return {"phases": phases, "left": left, "under_by_before": round(ratio(phases["under"]["completed_per_s"], before), 3),
            "after_by_before": round(ratio(phases["after"]["completed_per_s"], before), 3)}


def three(context, system, meanwhile=None, under=1.0):
    """The load alone, with what is done to the system (or `under` times the load), and alone again. The load is half of what the stack takes."""
    seconds = context.seconds(30, 5)
    capacity(system, 3)
    most = capacity(system, context.size(8, 4))
    rate = most / 2
    phases = {"before": phase(system, rate, seconds)}
    phases["under"] = phase(system, rate * under, seconds, meanwhile)
    phases["after"] = phase(system, rate, seconds)
    return {"most_per_s": round(most), **look(system, phases)}


def run_all(context, name, scenarios):
    """Every scenario in turn, round after round, each on a fresh stack."""
    rounds = {}
    for number in range(context.repeat):
        for title, scenario in scenarios.items():
            rounds.setdefault(title, []).append(scenario(context))
            last = rounds[title][-1]
            say(f"{name}, round {number + 1}, {title}: under {last['under_by_before']}, after {last['after_by_before']}, {last['left']} left")
    return {"seconds": context.seconds(30, 5), "rounds": rounds}


def tables(name, result):
    """Ratios of rates, and how long jobs waited for their start."""
    rows = []
    for title, all in result["rounds"].items():
        def middle(figure):
            return statistics.median(figure(each) for each in all)
        rows.append([title, middle(lambda each: each["phases"]["before"]["completed_per_s"]), middle(lambda each: each["under_by_before"]),
                     middle(lambda each: each["after_by_before"]),
                     *[middle(lambda each: each["phases"][part]["start"]["p99_ms"]) for part in ("before", "under", "after")],
                     sum(each["left"] for each in all)])
    yield table([f"{name}, phases of {result['seconds']:g} s", "before/s", "under : before", "after : before", "start p99 ms before", "under", "after", "never done"], rows)
