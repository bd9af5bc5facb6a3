"""Measures QueueFlow beside its peers on this machine, all in one run.

docs/benchmarks.md says what each scenario does, and `make bench` prepares everything and calls this.
"""

import argparse
import importlib
import json
import pathlib
import resource
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import machine  # noqa: E402
from context import Context, say  # noqa: E402

SCENARIOS = ["http", "bulk", "wait", "scale", "pressure", "chaos", "matrix", "cost", "overload", "floor"]
SHORT = ["http", "bulk", "wait"]
# Only on demand: it needs a second build.
COMPARE = "compare"


def parse():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=[*SCENARIOS, COMPARE], help="only this scenario; may be given several times")
    parser.add_argument("--short", action="store_true", help="less of everything; without --only just http, bulk and wait, and it fails when a ratio is far below what it was")
    parser.add_argument("--repeat", type=int, help="how many times the systems are measured in turn (3, with --short 1)")
    parser.add_argument("--kafka", metavar="HOST:PORT", help="an Apache Kafka that is there, instead of dev-broker")
    parser.add_argument("--seconds", type=float, help="how long each phase of the scenarios by time takes")
    parser.add_argument("--binaries", type=pathlib.Path, default=HERE.parent.parent / ".build/release", help="the folder of the release build")
    parser.add_argument("--against", type=pathlib.Path, metavar="DIR", help=f"the folder of another release build, for {COMPARE}")
    parser.add_argument("--results", type=pathlib.Path, default=HERE.parent / "results", help="where the raw figures go")
    arguments = parser.parse_args()
    arguments.binaries = arguments.binaries.resolve()
    if not (arguments.binaries / "job-service").exists():
        parser.error(f"{arguments.binaries} holds no release build; make build makes it")
    if COMPARE in (arguments.only or []):
        if not arguments.against or not (arguments.against / "job-service").exists():
            parser.error(f"{COMPARE} needs --against DIR, the folder of another release build")
        arguments.against = arguments.against.resolve()
    arguments.repeat = arguments.repeat or (1 if arguments.short else 3)
    return arguments


def stop(*_):
    raise KeyboardInterrupt


def main():
    arguments = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # What is started inherits it; overload has thousands of connections.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    context = Context(arguments)
    whole = {"made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "with": machine.description(arguments), "repeat": arguments.repeat}
    print("\n".join(f"{name}: {value}" for name, value in whole["with"].items()), flush=True)
    results = arguments.results / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json"
    wrong = []
    for name in arguments.only or (SHORT if arguments.short else SCENARIOS):
        scenario = importlib.import_module(f"scenarios.{name}")
        say(f"{name}: {scenario.__doc__.splitlines()[0]}")
        begin = time.monotonic()
        whole[name] = scenario.run(context)
        whole[name]["took_s"] = round(time.monotonic() - begin)
        results.write_text(json.dumps(whole, indent=1))
        print("", *scenario.report(whole[name]), sep="\n\n", flush=True)
        if arguments.short and hasattr(scenario, "check"):
            wrong += scenario.check(whole[name])
    say(f"The raw figures are in {results}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
