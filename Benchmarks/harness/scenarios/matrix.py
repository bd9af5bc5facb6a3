"""Workers by partitions, and places of a worker: how many jobs a second are completed."""

import statistics
import time

from context import say, wait_for_completed
from figures import spread, table
from scenarios.wait import capacity

WORKERS = [1, 2, 4, 8]
PARTITIONS = [1, 4, 12, 48]
CONCURRENCY = [1, 8, 64, 512]


def cell(context, system):
    """Single POSTs by 64 connections, and batches, both until the last is completed."""
    capacity(system, 1)
    singles = capacity(system, context.seconds(6, 2))
    count = context.size(100_000, 20_000)
    before, begin = system.completed(), time.monotonic()
    system.push(count)
    wait_for_completed(system, before + count)
    return {"single_per_s": round(singles), "batch_per_s": round(count / (time.monotonic() - begin))}


def run(context):
    cells = {}
    for _ in range(context.repeat):
        for partitions in PARTITIONS:
            with context.queueflow({"KAFKA_PARTITIONS": str(partitions)}, worker=False) as system:
                for workers in WORKERS:
                    while len(system.extra) < workers:
                        system.start_worker(f"worker-{len(system.extra) + 1}")
                    system.wait_for_workers(workers)
                    cells.setdefault(f"{workers} workers, {partitions} partitions", []).append(cell(context, system))
            say(f"matrix, {partitions} partitions: " + ", ".join(f"{workers} workers {cells[f'{workers} workers, {partitions} partitions'][-1]}" for workers in WORKERS))
        for places in CONCURRENCY:
            with context.queueflow({"WORKER_CONCURRENCY": str(places)}) as system:
                cells.setdefault(f"concurrency {places}", []).append(cell(context, system))
            say(f"matrix, concurrency {places}: {cells[f'concurrency {places}'][-1]}")
    return {"cells": cells}


def report(result):
    cells = result["cells"]
    for figure, title in (("single_per_s", "single POSTs"), ("batch_per_s", "batches")):
        yield table([f"{title}, jobs/s", *[f"{partitions} partitions" for partitions in PARTITIONS]],
                    [[f"{workers} workers", *[statistics.median(each[figure] for each in cells[f"{workers} workers, {partitions} partitions"])
                                              for partitions in PARTITIONS]] for workers in WORKERS])
    yield table(["one worker of so many places", "single POSTs/s", "batches/s"],
                [[str(places), *[spread([each[figure] for each in cells[f"concurrency {places}"]]) for figure in ("single_per_s", "batch_per_s")]]
                 for places in CONCURRENCY])
