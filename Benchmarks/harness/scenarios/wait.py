"""How long jobs wait: from when a POST is due to the job's start and to its end, as they stand on record."""

import json
import secrets
import statistics

import load
from context import say, wait_for_completed
from figures import milliseconds, table

CONNECTIONS = 64


def single(system, count, vary=lambda index: {}, headers=None):
    """Requests for single jobs, numbered in their payload. `vary` gives further members by number, `headers` whose job it is."""
    return [load.request("/jobs", headers(index) if headers else system.headers,
                         {"type": "noop", "queue": "bench", "payload": {"n": index}, **vary(index)}) for index in range(count)]


def capacity(system, seconds, requests=None):
    """How many single jobs a second are taken from 64 connections and completed, with each connection's next POST when the last is answered."""
    before = system.completed()
    answers = load.pulse(system.home, system.port(), requests or single(system, 1), CONNECTIONS, seconds=seconds)
    wait_for_completed(system, before + answers.count())
    end = max(row[0] for row in system.sql("select extract(epoch from max(finished_at))::float8 from jobs_finished where finished_at > now() - interval '1 hour'"))
    return answers.count() / (end - answers.began)


def waits(system, rate, seconds, connections=CONNECTIONS, vary=lambda index: {}, headers=None):
    """Offers jobs at a rate whatever becomes of them, and looks when each was started and completed. A start on record is its grant: it comes
    before the handler's by the way to the worker; the end comes after it."""
    mark = secrets.token_hex(4)
    requests = single(system, int(rate * seconds), lambda index: {"tags": [mark], **vary(index)}, headers)
    before = system.completed()
    answers = load.pulse(system.home, system.port(), requests, connections, rate, seconds)
    wait_for_completed(system, before + answers.count())
    rows = system.sql("select payload::text, extract(epoch from started_at)::float8, extract(epoch from finished_at)::float8 from jobs_finished "
                      "where finished_at >= to_timestamp(%s) and tags = %s", answers.began - 1, [mark])
    due = [answers.began + json.loads(payload)["n"] / rate for payload, _, _ in rows]
    return {"offered_per_s": round(rate), "taken": answers.count(), "jobs": len(rows), "post": milliseconds(answers.latencies, 0.5, 0.99),
            "start": milliseconds([started - at for at, (_, started, _) in zip(due, rows)], 0.5, 0.99),
            "end": milliseconds([ended - at for at, (_, _, ended) in zip(due, rows)], 0.5, 0.99)}


def run(context):
    seconds = context.seconds(20, 5)
    rounds = {}
    for number in range(context.repeat):
        with context.queueflow() as system:
            capacity(system, 3)
            most = capacity(system, context.size(8, 4))
            rounds.setdefault("300 jobs/s", []).append(waits(system, 300, seconds))
            rounds.setdefault("half of the most", []).append(waits(system, most / 2, seconds))
            rounds.setdefault("a lone job, 5 a second", []).append(waits(system, 5, seconds, connections=1))
        say(f"wait, round {number + 1}: " + ", ".join(f"{name} {each[-1]['start']}" for name, each in rounds.items()))
    return {"seconds": seconds, "rounds": rounds}


def report(result):
    yield table(["from the POST, in ms (medians of rounds)", "jobs/s", *[f"{what} {part}" for what in ("answer", "start", "end") for part in ("p50", "p99")]],
                [[name, statistics.median(each["offered_per_s"] for each in all),
                  *[statistics.median(each[what][f"{part}_ms"] for each in all) for what in ("post", "start", "end") for part in ("p50", "p99")]]
                 for name, all in result["rounds"].items()])
