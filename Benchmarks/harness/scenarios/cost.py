"""What the stack costs: memory at rest and under load, CPU and transactions while nothing happens, and how long a start takes."""

import os
import signal
import statistics
import threading
import time
import urllib.error
import urllib.request

import processes
from context import say, wait_for_completed
from figures import table
from scenarios.wait import capacity

READY = {"job-service": "METRICS_PORT", "worker": "WORKER_METRICS_PORT", "scheduler": "SCHEDULER_METRICS_PORT"}


def is_ready(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).status == 200
    except (OSError, urllib.error.HTTPError):
        return False


def age(pid):
    """How long ago a process started, in seconds; None when there is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / processes.TICKS


def start_to_ready(system, service):
    """Ends a service, lets `queueflow up` start it, and measures from the process's start until it says that it is ready."""
    former, port = system.pid(service), system.ports[READY[service]]
    os.kill(former, signal.SIGTERM)
    processes.wait_until(lambda: not os.path.exists(f"/proc/{former}"), f"{service} has ended")
    starter = threading.Thread(target=system.up)
    starter.start()
    try:
        processes.wait_until(lambda: is_ready(port), f"{service} is ready", step=0.005)
        listener = processes.listener(port)
        return round(age(listener), 3)
    finally:
        starter.join()


def idle(system, seconds):
    """CPU of each process in percent of a core, and transactions a second, while nothing is submitted."""
    count = "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()"
    system.sql("select pg_stat_force_next_flush()")
    transactions, cpu, begin = system.sql(count)[0][0], system.cpu(), time.monotonic()
    time.sleep(seconds)
    took, after = time.monotonic() - begin, system.cpu()
    used = {name: round((after[name] - cpu[name]) / took * 100, 2) for name in cpu}
    # Two statements of this program lie between the readings.
    return {"cpu_percent": used | {"all": round(sum(used.values()), 2)}, "transactions_per_s": round((system.sql(count)[0][0] - transactions - 2) / took, 2)}


def under_load(system, seconds):
    """The memory of each process as single POSTs come as quickly as they are answered: at the end of each quarter."""
    series = []
    loaded = threading.Thread(target=capacity, args=(system, seconds))
    loaded.start()
    for _ in range(4):
        time.sleep(seconds / 4 - 0.05)
        series.append(system.memory())
    loaded.join()
    return series


def run(context):
    rounds = []
    for number in range(context.repeat):
        with context.queueflow() as system:
            system.push(100)
            wait_for_completed(system, 100)
            time.sleep(context.size(12, 5))
            found = {"idle": idle(system, context.seconds(60, 5)), "rest_mib": system.memory(), "load_mib": under_load(system, context.seconds(60, 8))}
            found["start_to_ready_s"] = {service: start_to_ready(system, service) for service in READY}
        rounds.append(found)
        say(f"cost, round {number + 1}: idle {found['idle']['cpu_percent']['all']} % of a core, ready after {found['start_to_ready_s']}")
    return {"seconds": context.seconds(60, 8), "rounds": rounds}


def report(result):
    rounds = result["rounds"]

    def middle(figure):
        return statistics.median(figure(each) for each in rounds)
    yield table(["cost (the load's memory after each quarter of its time)", "at rest MiB", "1/4", "2/4", "3/4", "4/4", "idle % of a core", "ready after s"],
                [[name, middle(lambda each: each["rest_mib"][name]), *[middle(lambda each: each["load_mib"][quarter][name]) for quarter in range(4)],
                  middle(lambda each: each["idle"]["cpu_percent"][name]),
                  middle(lambda each: each["start_to_ready_s"][name]) if name in READY else "-"] for name in rounds[0]["rest_mib"]])
    yield f"Idle in all: {middle(lambda each: each['idle']['cpu_percent']['all'])} % of a core, {middle(lambda each: each['idle']['transactions_per_s'])} transactions/s"
