"""Single jobs over HTTP: POSTs by 64 connections, until the last job is completed."""

import statistics
import time

import load
from context import say, wait_for_completed
from figures import milliseconds, number, per_job, ratios, spread, table
from peers import FastAPICelery, FastAPISQLAlchemy

CONNECTIONS = 64
JOB = {"type": "noop", "queue": "bench"}
# What a short run must reach end to end, past the gateway: a third of what was measured, so that noise does not fail it.
LEAST = {FastAPICelery.title: 3, FastAPISQLAlchemy.title: 6}
OURS = ["QueueFlow, direct", "QueueFlow, by nginx"]
PEERS = [FastAPICelery, FastAPISQLAlchemy]


def burst(system, way, count):
    """The answers to `count` POSTs."""
    return load.hey(f"http://127.0.0.1:{system.port(way)}{system.path}", system.headers, JOB, count, CONNECTIONS)


def posts(context, system, way, count):
    """Submits `count` jobs and waits for the last one."""
    before, cpu, begin = system.completed(), system.cpu(), time.monotonic()
    answers = burst(system, way, count)
    submitted = time.monotonic() - begin
    if answers.count() != count:
        raise RuntimeError(f"{count - answers.count()} of {count} POSTs were not answered with 201")
    wait_for_completed(system, before + count)
    whole = time.monotonic() - begin
    return {"jobs": count, "submitted_per_s": round(count / submitted), "end_to_end_per_s": round(count / whole),
            "post": milliseconds(answers.latencies, 0.5, 0.95, 0.99),
            "cpu_us_per_job": {**per_job(cpu, system.cpu(), count), "hey": round(answers.cpu / count * 1e6, 1)}}


def paced(system, way, home, rate, seconds):
    """Offers `rate` jobs a second whatever becomes of them."""
    answers = load.pulse(home, system.port(way), [load.request(system.path, system.headers, JOB)], CONNECTIONS, rate, seconds)
    return {"offered_per_s": rate, "taken": answers.count(), "late": answers.count() < int(rate * seconds),
            "post": milliseconds(answers.latencies, 0.5, 0.95, 0.99)}


def visit(context, system, ways, count):
    """All that is measured of one system in a round, by way."""
    burst(system, "direct", 1280)
    wait_for_completed(system, 1280)
    found = {}
    for way in ways:
        found[way] = posts(context, system, way, count)
        found[way]["paced"] = []
        for rate in context.size([300, 800], [300]):
            done = system.completed()
            found[way]["paced"].append(paced(system, way, system.home, rate, context.size(10, 5)))
            wait_for_completed(system, done + found[way]["paced"][-1]["taken"])
    return found


def run(context):
    count = context.size(19_200, 6_400)
    rounds = {}
    for number_of_round in range(context.repeat):
        with context.queueflow() as system:
            found = visit(context, system, ["direct", "nginx"], count)
            for name, way in zip(OURS, ["direct", "nginx"]):
                rounds.setdefault(name, []).append(found[way])
        for kind in PEERS:
            with context.peer(kind) as system:
                rounds.setdefault(kind.title, []).append(visit(context, system, ["direct"], count)["direct"])
        say(f"http, round {number_of_round + 1}: " + ", ".join(f"{name} {each[-1]['end_to_end_per_s']}/s" for name, each in rounds.items()))
    return {"connections": CONNECTIONS, "rounds": rounds, "ratios": all_ratios(rounds)}


def all_ratios(rounds):
    """End to end, ours by theirs, and the p99 of the POST at the same offered load, ours by theirs."""
    found = {}
    for ours in OURS:
        for kind in PEERS:
            both = rounds[ours], rounds[kind.title]
            found[f"{ours} : {kind.title}"] = {
                "end_to_end": round(ratios(*[[each["end_to_end_per_s"] for each in side] for side in both]), 2),
                **{f"p99_at_{load['offered_per_s']}_per_s": round(ratios(*[[each["paced"][index]["post"]["p99_ms"] for each in side] for side in both]), 3)
                   for index, load in enumerate(rounds[ours][0]["paced"])}}
    return found


def report(result):
    rounds = result["rounds"]
    yield table(["single POSTs, 64 connections of hey", "submitted/s", "end to end/s", "p50 ms", "p95 ms", "p99 ms", "CPU us/job"],
                [[name, spread([each["submitted_per_s"] for each in all]), spread([each["end_to_end_per_s"] for each in all]),
                  *[statistics.median(each["post"][part] for each in all) for part in ("p50_ms", "p95_ms", "p99_ms")],
                  statistics.median(each["cpu_us_per_job"]["all"] for each in all)] for name, all in rounds.items()])
    rates = [each["offered_per_s"] for each in rounds[OURS[0]][0]["paced"]]
    yield table(["the same load offered to all, ms of the POST", *[f"{rate}/s {part}" for rate in rates for part in ("p50", "p99")]],
                [[name, *[median_or_late(all, index, part) for index in range(len(rates)) for part in ("p50_ms", "p99_ms")]]
                 for name, all in rounds.items()])
    yield table(["ratios", *next(iter(result["ratios"].values()))], [[name, *values.values()] for name, values in result["ratios"].items()])
    yield from cpu_tables(rounds)


def median_or_late(rounds, index, part):
    text = number(statistics.median(each["paced"][index]["post"][part] for each in rounds))
    return text + " (late)" if any(each["paced"][index]["late"] for each in rounds) else text


def cpu_tables(rounds):
    for name, all in rounds.items():
        parts = all[0]["cpu_us_per_job"]
        yield f"CPU us/job, {name}: " + ", ".join(
            f"{part} {number(statistics.median(each['cpu_us_per_job'].get(part, 0) for each in all))}"
            for part in sorted(parts, key=lambda part: -parts[part]) if parts[part] >= 0.5)


def check(result):
    """What is far below what it was."""
    for peer, least in LEAST.items():
        found = result["ratios"][f"{OURS[0]} : {peer}"]["end_to_end"]
        if not found >= least:
            yield f"http: {OURS[0]} is {found} times {peer}; at least {least} was expected"
