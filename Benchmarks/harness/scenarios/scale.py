"""What size and distance cost: the same figures with and without, in turn, as a machine's speed changes within minutes."""

import statistics

import processes
from context import say
from delay import DelayProxy
from figures import ratio, spread, table
from scenarios.wait import capacity, single, waits
from servers import Postgres

# All of today, whose partition there is.
FINISHED = """
insert into jobs_finished (id, created_at, queued_at, started_at, finished_at, run, attempt, max_attempts, state, priority, tenant, queue, type, payload)
select gen_random_uuid(), at, at, at, at, 1, 1, 5, 'completed', 'normal', 'default', 'history', 'noop', '{}'
from (select now() - n * (now() - date_trunc('day', now())) / %s as at from generate_series(1, %s) n) past
"""
SCHEDULED = """
insert into jobs_live (id, created_at, run_at, max_attempts, state, priority, tenant, queue, type, payload)
select gen_random_uuid(), now(), now() + interval '30 days' + n * interval '1 second', 5, 'scheduled', 'normal', 'default', 'later', 'noop', '{}'
from generate_series(1, %s) n
"""
# What the statements that change jobs would have counted.
COUNTED = """
insert into job_counters (tenant, queue, priority, type, slot, submitted, scheduled, completed, stored, history)
values ('default', 'history', 'normal', 'noop', 0, %s, 0, %s, 0, %s), ('default', 'later', 'normal', 'noop', 0, %s, %s, 0, %s, 0)
"""


def add_history(context, system):
    finished, scheduled = context.size(10_000_000, 500_000), context.size(1_000_000, 50_000)
    for _ in range(10):
        system.sql(FINISHED, finished // 10 + 1, finished // 10)
    system.sql(SCHEDULED, scheduled)
    system.sql(COUNTED, finished, finished, 2 * finished, scheduled, scheduled, 2 * scheduled)
    system.sql("vacuum analyze jobs_finished")
    system.sql("vacuum analyze jobs_live")
    system.sql("checkpoint")
    return {}


def use_queues(context, system):
    # With that of the load before; a tenant has no more than 10 000 queues unless told otherwise.
    count = context.size(9_999, 999)
    system.call("POST", "/jobs/batch", [{"type": "noop", "queue": f"queue-{number}"} for number in range(count)])
    return {"vary": lambda index: {"queue": f"queue-{index * 7919 % count}"}}


def use_tenants(context, system):
    names = [f"tenant-{number}" for number in range(context.size(200, 20))]
    keys = []
    for name in names:
        system.call("POST", "/tenants", {"name": name}, system.bearer)
        keys.append(system.key_of(name))
    return {"headers": lambda index: keys[index % len(keys)]}


def figures(context, system, vary=lambda index: {}, headers=None):
    """Figure 1 and figure 3: the most that is taken and completed, and the wait at 300 jobs/s."""
    many = single(system, 20_000 if vary or headers else 1, vary, headers)
    capacity(system, 2, many)
    most = capacity(system, context.seconds(8, 4), many)
    return {"end_to_end_per_s": round(most), "wait": waits(system, 300, context.seconds(10, 4), vary=vary, headers=headers)}


def in_turn(context, name, without, with_it):
    """The figures of both, in turn, so that what the machine does meanwhile falls on both."""
    turns = []
    for number in range(context.size(3, 1)):
        sides = [("without", without), ("with", with_it)]
        turns.append({side: measure() for side, measure in (sides if number % 2 == 0 else reversed(sides))})
    say(f"scale, {name}: {', '.join(format(ratio_of(turn), '.2f') for turn in turns)}")
    return {"change": name, "turns": turns}


def two_stacks(context, name, change):
    with context.queueflow() as plain, context.queueflow() as changed:
        options = change(context, changed)
        return in_turn(context, name, lambda: figures(context, plain), lambda: figures(context, changed, **options))


def at_a_distance(context):
    """Both by way of the same proxy, which costs something by itself."""
    with context.home() as home:
        postgres = Postgres(home)
        proxy = DelayProxy(postgres.port, processes.free_port())

        def delayed(seconds):
            proxy.seconds = seconds
            return figures(context, system)
        try:
            with context.queueflow({"DATABASE_URL": postgres.url(port=proxy.port)}) as system:
                return in_turn(context, "1 ms more to PostgreSQL", lambda: delayed(0), lambda: delayed(0.001))
        finally:
            postgres.stop()


def run(context):
    rounds = []
    changes = {"10 million finished, 1 million scheduled": add_history, "10 000 queues": use_queues, "200 tenants": use_tenants}
    for _ in range(context.repeat):
        for name, change in changes.items():
            rounds.append(two_stacks(context, name, change))
        rounds.append(at_a_distance(context))
    return {"short": context.short, "rounds": rounds}


def ratio_of(turn):
    return ratio(turn["with"]["end_to_end_per_s"], turn["without"]["end_to_end_per_s"])


def report(result):
    rows = []
    for name in dict.fromkeys(each["change"] for each in result["rounds"]):
        turns = [turn for each in result["rounds"] if each["change"] == name for turn in each["turns"]]

        def middle(figure):
            return statistics.median(figure(turn) for turn in turns)
        rows.append([name, *[middle(lambda turn: turn[side]["end_to_end_per_s"]) for side in ("without", "with")],
                     spread([ratio_of(turn) for turn in turns]),
                     *[middle(lambda turn: turn[side]["wait"]["start"][part]) for part in ("p50_ms", "p99_ms") for side in ("without", "with")]])
    title = "scale" + (" (a twentieth of the rows, a tenth of the queues and tenants)" if result["short"] else "")
    yield table([title, "most without/s", "with/s", "ratio", "start p50 without", "with", "p99 without", "with"], rows)
