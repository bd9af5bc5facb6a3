"""What size and distance cost: the same figures before and after, on one stack."""

import statistics

import processes
from context import say
from delay import DelayProxy
from figures import ratio, table
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


def before_and_after(context, name, change):
    with context.queueflow() as system:
        before = figures(context, system)
        options = change(context, system)
        return {"before": before, "after": figures(context, system, **options), "change": name}


def at_a_distance(context):
    """Both figures by way of the same proxy, which costs something by itself."""
    with context.home() as home:
        postgres = Postgres(home)
        proxy = DelayProxy(postgres.port, processes.free_port())
        try:
            with context.queueflow({"DATABASE_URL": postgres.url(port=proxy.port)}) as system:
                before = figures(context, system)
                proxy.seconds = 0.001
                return {"before": before, "after": figures(context, system), "change": "1 ms more to PostgreSQL"}
        finally:
            postgres.stop()


def run(context):
    rounds = []
    changes = {"10 million finished, 1 million scheduled": add_history, "10 000 queues": use_queues, "200 tenants": use_tenants}
    for number in range(context.repeat):
        for name, change in changes.items():
            rounds.append(before_and_after(context, name, change))
            say(f"scale, round {number + 1}, {name}: {rounds[-1]['before']['end_to_end_per_s']}/s, then {rounds[-1]['after']['end_to_end_per_s']}/s")
        rounds.append(at_a_distance(context))
        say(f"scale, round {number + 1}, 1 ms: {rounds[-1]['before']['end_to_end_per_s']}/s, then {rounds[-1]['after']['end_to_end_per_s']}/s")
    return {"short": context.short, "rounds": rounds}


def report(result):
    rows = []
    for name in dict.fromkeys(each["change"] for each in result["rounds"]):
        all = [each for each in result["rounds"] if each["change"] == name]

        def middle(figure):
            return statistics.median(figure(each) for each in all)
        rows.append([name, middle(lambda each: each["before"]["end_to_end_per_s"]), middle(lambda each: each["after"]["end_to_end_per_s"]),
                     middle(lambda each: ratio(each["after"]["end_to_end_per_s"], each["before"]["end_to_end_per_s"])),
                     *[middle(lambda each: each[side]["wait"]["start"][part]) for part in ("p50_ms", "p99_ms") for side in ("before", "after")]])
    title = "scale" + (" (a twentieth of the rows, a tenth of the queues and tenants)" if result["short"] else "")
    yield table([title, "before/s", "after/s", "ratio", "start p50 before", "after", "p99 before", "after"], rows)
