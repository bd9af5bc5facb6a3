"""Three times what the stack takes, offered whatever is answered: accepted work, refusals, memory."""

import statistics
import threading
import time

import load
from context import say, wait_for_completed
from figures import milliseconds, ratio, table
from scenarios.wait import capacity, single

# A generator of fewer would wait for answers instead of offering more.
CONNECTIONS = 2000


def flood(system, rate, seconds):
    """The answers, and the memory before, at the worst and when all is done."""
    before, memory = system.completed(), system.memory()
    answers = []
    offered = threading.Thread(target=lambda: answers.append(load.pulse(system.home, system.port(), single(system, 1), CONNECTIONS, rate, seconds)))
    offered.start()
    worst = dict(memory)
    while offered.is_alive():
        worst = {name: max(value, worst.get(name, 0)) for name, value in system.memory().items()}
        time.sleep(0.5)
    begin = time.monotonic()
    wait_for_completed(system, before + answers[0].count())
    refused = [(latency, retry) for latency, status, retry in zip(answers[0].latencies, answers[0].statuses, answers[0].retry_after) if status in (429, 503)]
    statuses = {str(status): answers[0].statuses.count(status) for status in sorted(set(answers[0].statuses))}
    return {"offered_per_s": round(rate), "seconds": seconds, "not_sent": int(rate * seconds) - len(answers[0].statuses), "statuses": statuses,
            "accepted_per_s": round(answers[0].count() / answers[0].seconds()), "post": milliseconds(answers[0].latencies, 0.5, 0.99),
            "refusals": milliseconds([latency for latency, _ in refused], 0.5, 0.99), "refusals_without_retry_after": sum(retry < 0 for _, retry in refused),
            "drained_after_s": round(time.monotonic() - begin, 2), "memory_mib": {"before": memory, "worst": worst}}


def run(context):
    rounds = []
    for number in range(context.repeat):
        with context.queueflow() as system:
            capacity(system, 3)
            most = capacity(system, context.size(8, 4))
            rounds.append({"most_per_s": round(most), "flood": flood(system, most * 3, context.seconds(30, 5)), "after_per_s": round(capacity(system, context.size(8, 4)))})
        say(f"overload, round {number + 1}: {rounds[-1]['flood']['statuses']} at {rounds[-1]['flood']['offered_per_s']}/s")
    return {"connections": CONNECTIONS, "rounds": rounds}


def report(result):
    rounds = result["rounds"]

    def middle(figure):
        return statistics.median(figure(each) for each in rounds)
    yield table(["three times the most, 2000 connections", ""], [
        ["taken at the most, jobs/s", middle(lambda each: each["most_per_s"])], ["offered, jobs/s", middle(lambda each: each["flood"]["offered_per_s"])],
        ["accepted, jobs/s", middle(lambda each: each["flood"]["accepted_per_s"])],
        ["accepted : the most", middle(lambda each: ratio(each["flood"]["accepted_per_s"], each["most_per_s"]))],
        ["answers by status", str(rounds[-1]["flood"]["statuses"])], ["not sent, as all connections waited", middle(lambda each: each["flood"]["not_sent"])],
        ["refusal p50, ms since it was due", middle(lambda each: each["flood"]["refusals"]["p50_ms"])],
        ["refusal p99", middle(lambda each: each["flood"]["refusals"]["p99_ms"])],
        ["refusals without Retry-After", middle(lambda each: each["flood"]["refusals_without_retry_after"])],
        ["the last accepted job completed after, s", middle(lambda each: each["flood"]["drained_after_s"])],
        ["taken at the most afterwards, jobs/s", middle(lambda each: each["after_per_s"])]])
    memory = rounds[-1]["flood"]["memory_mib"]
    yield table(["memory, MiB", "before", "at the worst"], [[name, value, memory["worst"].get(name)] for name, value in memory["before"].items()])
