"""What the parts could do alone: the same statements by a bare libpq program, librdkafka's producer, and Hummingbird with an empty answer."""

import statistics
import subprocess

import load
import processes
from context import say
from figures import per_job, spread, table
from scenarios.http import CONNECTIONS, JOB

SQL = load.HERE.parent / "Sources/JobStore/SQL"
FLOOR = load.HERE / "floor"


def measured(system, program, arguments, count):
    """What a program of Benchmarks/floor prints, and the CPU of the servers meanwhile."""
    cpu = system.cpu()
    output, _ = load.run([program, *arguments, count])
    rate, own = output.split()
    return {"per_s": float(rate), "cpu_us_per_job": {**per_job(cpu, system.cpu(), count), "program": float(own)}}


def hummingbird():
    """The program of floor/http, built as releases are."""
    folder = load.BUILT / "floor-http"
    say("floor: building floor/http, some minutes when it is new")
    subprocess.run([load.HERE.parent / "deploy/dev/build", folder / "build.log", "-c", "release", "--package-path", FLOOR / "http",
                    "--scratch-path", folder], check=True)
    return folder / "release/floor-http"


def answered(home, program, count):
    """POSTs a second that Hummingbird takes from `hey`, and its CPU meanwhile."""
    port = processes.free_port()
    server = processes.Child([program, port], home / "floor-http.log")
    try:
        processes.wait_until(lambda: server.must_run() and processes.listens(port), "Hummingbird listens")
        url = f"http://127.0.0.1:{port}/jobs"
        load.hey(url, {}, JOB, CONNECTIONS * 20, CONNECTIONS)
        before = {"program": processes.cpu(server.pid)}
        answers = load.hey(url, {}, JOB, count, CONNECTIONS)
        if answers.count() != count:
            raise RuntimeError(f"{count - answers.count()} of {count} POSTs were not answered with 201")
        used = per_job(before, {"program": processes.cpu(server.pid)}, count)
        return {"per_s": round(count / answers.seconds()), "cpu_us_per_job": {**used, "hey": round(answers.cpu / count * 1e6, 1)}}
    finally:
        server.stop()


def run(context):
    statements = load.compiled(FLOOR / "statements.c", "-I/usr/include/postgresql", "-lpq")
    produce = load.compiled(FLOOR / "produce.c", "-lrdkafka")
    http = hummingbird()
    rounds = {}
    for number in range(context.repeat):
        with context.queueflow(worker=False) as system:
            for size in (50, 500):
                count = context.size(100_000, 20_000)
                rounds.setdefault(f"statements, batches of {size}", []).append(measured(system, statements, [system.database_url(), SQL, size], count))
            brokers = context.arguments.kafka or f"127.0.0.1:{system.ports['DEV_BROKER_PORT']}"
            # One of the stack's own: a Kafka need not make topics on demand. No worker is there to read it.
            topic = f"{system.settings.get('KAFKA_TOPIC_PREFIX', 'queueflow')}.jobs.low"
            rounds.setdefault("librdkafka, acks=all", []).append(measured(system, produce, [brokers, topic], context.size(500_000, 100_000)))
        with context.home() as home:
            rounds.setdefault("Hummingbird, an empty answer to a POST", []).append(answered(home, http, context.size(64_000, 12_800)))
        say(f"floor, round {number + 1}: " + ", ".join(f"{name} {each[-1]['per_s']:.0f}/s" for name, each in rounds.items()))
    return {"rounds": rounds}


def report(result):
    parts = ["program", "postgres", "dev-broker", "kafka", "hey"]
    yield table(["the floor", "jobs or records/s", *[f"{part} us" for part in parts]],
                [[name, spread([each["per_s"] for each in all]),
                  *[statistics.median(each["cpu_us_per_job"].get(part, 0) for each in all) for part in parts]] for name, all in result["rounds"].items()])
