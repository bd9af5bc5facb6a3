"""Three times what the stack takes, offered whatever is answered, and as much to a queue that is full: accepted work, refusals, memory."""

import statistics
import threading
import time

import load
from context import say, wait_for_completed
from figures import milliseconds, ratio, table
from scenarios.wait import capacity, single

# A generator of fewer would wait for answers instead of offering more.
CONNECTIONS = 2000


def outcome(answers):
    """What became of all POSTs, and of those that were refused."""
    refused = [(latency, retry) for latency, status, retry in zip(answers.latencies, answers.statuses, answers.retry_after) if status in (429, 503)]
    return {"statuses": {str(status): answers.statuses.count(status) for status in sorted(set(answers.statuses))},
            "refused_per_s": round(len(refused) / answers.seconds()), "refusals": milliseconds([latency for latency, _ in refused], 0.5, 0.99),
            "refusals_without_retry_after": sum(retry < 0 for _, retry in refused)}


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
    return {"offered_per_s": round(rate), "seconds": seconds, "not_sent": int(rate * seconds) - len(answers[0].statuses), **outcome(answers[0]),
            "accepted_per_s": round(answers[0].count() / answers[0].seconds()), "post": milliseconds(answers[0].latencies, 0.5, 0.99),
            "drained_after_s": round(time.monotonic() - begin, 2), "memory_mib": {"before": memory, "worst": worst}}


def full(system, rate, others, seconds):
    """Offers `rate` jobs a second to a queue that is paused and full, and `others` to one that is not, beside it."""
    system.call("PUT", "/queues/full", {"max_depth": 1000})
    system.call("POST", "/queues/full/pause")
    before, found = system.completed(), {}

    def offer(name, connections, rate, queue):
        found[name] = load.pulse(system.home, system.port(), single(system, 1, lambda _: {"queue": queue}), connections, rate, seconds)
    offers = [threading.Thread(target=offer, args=each) for each in (("full", CONNECTIONS, rate, "full"), ("others", 64, others, "bench"))]
    for each in offers:
        each.start()
    for each in offers:
        each.join()
    wait_for_completed(system, before + found["others"].count())
    return {"offered_per_s": round(rate), "taken": found["full"].count(), **outcome(found["full"]),
            "others": {"offered_per_s": round(others), "taken_per_s": round(found["others"].count() / seconds), "post": milliseconds(found["others"].latencies, 0.5, 0.99)}}


def run(context):
    rounds = []
    for number in range(context.repeat):
        with context.queueflow() as system:
            capacity(system, 3)
            most = capacity(system, context.size(8, 4))
            rounds.append({"most_per_s": round(most), "flood": flood(system, most * 3, context.seconds(30, 5)), "after_per_s": round(capacity(system, context.size(8, 4)))})
            rounds[-1]["full"] = full(system, most * 3, most / 4, context.seconds(15, 5))
        say(f"overload, round {number + 1}: {rounds[-1]['flood']['statuses']} at {rounds[-1]['flood']['offered_per_s']}/s")
    return {"connections": CONNECTIONS, "rounds": rounds}


def report(result):
    rounds = result["rounds"]

    def middle(figure):
        return statistics.median(figure(each) for each in rounds)

    def refusals(part):
        return [["answers by status", str(rounds[-1][part]["statuses"])],
                ["refusal p50, ms since it was due", middle(lambda each: each[part]["refusals"]["p50_ms"])],
                ["refusal p99", middle(lambda each: each[part]["refusals"]["p99_ms"])],
                ["refusals without Retry-After", middle(lambda each: each[part]["refusals_without_retry_after"])]]
    yield table(["three times the most, 2000 connections", ""], [
        ["taken at the most, jobs/s", middle(lambda each: each["most_per_s"])], ["offered, jobs/s", middle(lambda each: each["flood"]["offered_per_s"])],
        ["accepted, jobs/s", middle(lambda each: each["flood"]["accepted_per_s"])],
        ["accepted : the most", middle(lambda each: ratio(each["flood"]["accepted_per_s"], each["most_per_s"]))],
        *refusals("flood"), ["not sent, as all connections waited", middle(lambda each: each["flood"]["not_sent"])],
        ["POST p50, ms since it was due", middle(lambda each: each["flood"]["post"]["p50_ms"])], ["POST p99", middle(lambda each: each["flood"]["post"]["p99_ms"])],
        ["the last accepted job completed after, s", middle(lambda each: each["flood"]["drained_after_s"])],
        ["taken at the most afterwards, jobs/s", middle(lambda each: each["after_per_s"])]])
    yield table(["as much to a queue that is full, and a quarter of the most beside it", ""], [
        ["refused, jobs/s", middle(lambda each: each["full"]["refused_per_s"])], ["taken, as the queue had room for them", middle(lambda each: each["full"]["taken"])],
        *refusals("full"),
        ["others offered, jobs/s", middle(lambda each: each["full"]["others"]["offered_per_s"])],
        ["others taken, jobs/s", middle(lambda each: each["full"]["others"]["taken_per_s"])],
        ["others' POST p50, ms since it was due", middle(lambda each: each["full"]["others"]["post"]["p50_ms"])],
        ["others' POST p99", middle(lambda each: each["full"]["others"]["post"]["p99_ms"])]])
    memory = rounds[-1]["flood"]["memory_mib"]
    yield table(["memory, MiB", "before", "at the worst"], [[name, value, memory["worst"].get(name)] for name, value in memory["before"].items()])
