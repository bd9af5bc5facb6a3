"""What the parts could do alone: the same statements by a bare libpq program, and librdkafka's producer."""

import statistics

import load
from context import say
from figures import per_job, spread, table

SQL = load.HERE.parent / "Sources/JobStore/SQL"
FLOOR = load.HERE / "floor"


def measured(system, program, arguments, count):
    """What a program of Benchmarks/floor prints, and the CPU of the servers meanwhile."""
    cpu = system.cpu()
    output, _ = load.run([program, *arguments, count])
    rate, own = output.split()
    return {"per_s": float(rate), "cpu_us_per_job": {**per_job(cpu, system.cpu(), count), "program": float(own)}}


def run(context):
    statements = load.compiled(FLOOR / "statements.c", "-I/usr/include/postgresql", "-lpq")
    produce = load.compiled(FLOOR / "produce.c", "-lrdkafka")
    rounds = {}
    for number in range(context.repeat):
        with context.queueflow(worker=False) as system:
            for size in (50, 500):
                count = context.size(100_000, 20_000)
                rounds.setdefault(f"statements, batches of {size}", []).append(measured(system, statements, [system.database_url(), SQL, size], count))
            brokers = context.arguments.kafka or f"127.0.0.1:{system.ports['DEV_BROKER_PORT']}"
            rounds.setdefault("librdkafka, acks=all", []).append(
                measured(system, produce, [brokers, f"{system.settings.get('KAFKA_TOPIC_PREFIX', 'queueflow')}.floor"], context.size(500_000, 100_000)))
        say(f"floor, round {number + 1}: " + ", ".join(f"{name} {each[-1]['per_s']:.0f}/s" for name, each in rounds.items()))
    return {"rounds": rounds}


def report(result):
    parts = ["program", "postgres", "dev-broker", "kafka"]
    yield table(["the floor", "jobs or records/s", *[f"{part} us" for part in parts]],
                [[name, spread([each["per_s"] for each in all]),
                  *[statistics.median(each["cpu_us_per_job"].get(part, 0) for each in all) for part in parts]] for name, all in result["rounds"].items()])
