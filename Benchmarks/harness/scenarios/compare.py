"""Two builds in turn: single POSTs to one and the other, both stacks up, so that what the machine does meanwhile falls on both."""

import contextlib
import statistics

from context import say, wait_for_completed
from figures import ratio, spread, table
from scenarios.http import burst, posts

WAYS = ["direct", "nginx"]
COUNT = 6_400


def run(context):
    """`--binaries` beside `--against`; burst after burst, in changing order."""
    found = {}
    with contextlib.ExitStack() as stack:
        systems = {name: stack.enter_context(context.queueflow(binaries=folder))
                   for name, folder in (("before", context.arguments.against), ("after", context.arguments.binaries))}
        for system in systems.values():
            for way in WAYS:
                burst(system, way, COUNT)
            wait_for_completed(system, COUNT * len(WAYS))
        for turn in range(context.size(7, 2) * context.repeat):
            for way in WAYS:
                for name in list(systems) if turn % 2 else reversed(systems):
                    found.setdefault(way, {}).setdefault(name, []).append(posts(context, systems[name], way, COUNT))
            say(f"compare, pair {turn + 1}: " + ", ".join(
                f"{way} {found[way]['before'][-1]['end_to_end_per_s']}/s, then {found[way]['after'][-1]['end_to_end_per_s']}/s" for way in WAYS))
    return {"jobs": COUNT, "pairs": found}


FIGURES = {"end to end/s": lambda each: each["end_to_end_per_s"], "p99 ms": lambda each: each["post"]["p99_ms"],
           "CPU us/job": lambda each: each["cpu_us_per_job"]["all"]}


def report(result):
    rows = []
    for way, sides in result["pairs"].items():
        for title, figure in FIGURES.items():
            before, after = ([figure(each) for each in sides[name]] for name in ("before", "after"))
            rows.append([f"{way}, {title}", statistics.median(before), statistics.median(after), spread([ratio(*each) for each in zip(after, before)])])
    yield table([f"in turn, {len(next(iter(result['pairs'].values()))['after'])} pairs", "before", "after", "after : before"], rows)
