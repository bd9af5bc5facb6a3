#!/usr/bin/env python3
"""Measures this library, grpc-swift 2 and Python's grpcio against each other, all in one run.

Usage: run.py [--seconds S] [--rounds R] [--memory] [--server NAME]... [--bin FOLDER]

32 concurrent streams, messages of 100 bytes, over loopback. Every pair of client and server below is measured in turn, round after
round, so that whatever else the machine does falls on all of them alike; the median counts. `unary` is calls a second, `stream` is
messages echoed a second in calls of 1000 messages each way. With --memory it sends more than a million messages instead, and prints
what memory our client and server have resident as they go.

Needs `swift build -c release` in this folder first, and a Python with grpcio for the pairs with its server, such as the one that
`make test` sets up: ../../.build-venv/bin/python run.py
"""

import argparse
import pathlib
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
PAIRS = [("ours", "ours"), ("grpc-swift", "grpc-swift"), ("ours", "grpc-swift"), ("grpc-swift", "ours"),
         ("ours", "grpcio"), ("grpc-swift", "grpcio")]
SCENARIOS = ["unary", "stream"]
MANY = 1_200_000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(port, process):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit("the server does not listen")


class Server:
    """A server on a free port, gone at the end of the `with`."""

    def __init__(self, name, binaries):
        self.port = free_port()
        command = [str(binaries / f"bench-{name}"), "serve", str(self.port)]
        if name == "grpcio":
            command = [sys.executable, str(HERE / "grpcio_server.py"), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        wait_until_listening(self.port, self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def load_command(client, server, scenario, seconds, binaries):
    return [str(binaries / f"bench-{client}"), "load", scenario, str(server.port), str(seconds)]


def measure(client, server_name, scenario, seconds, binaries):
    with Server(server_name, binaries) as server:
        command = load_command(client, server, scenario, seconds, binaries)
        result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds * 10 + 120)
        return int(result.stdout.split()[-1])


def resident(process):
    """The resident memory of a process in MiB; 0 once it has ended."""
    try:
        lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0)


def print_memory(scenario, binaries):
    rate = measure("ours", "ours", scenario, 2, binaries)
    seconds = MANY / rate
    with Server("ours", binaries) as server:
        command = load_command("ours", server, scenario, seconds, binaries)
        client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        begin = time.monotonic()
        print(f"{scenario}: about {MANY} messages\n{'seconds':>8}{'server MiB':>12}{'client MiB':>12}")
        for step in range(1, 10):
            time.sleep(max(0, begin + step * seconds / 10 - time.monotonic()))
            print(f"{time.monotonic() - begin:8.1f}{resident(server.process):12.1f}{resident(client):12.1f}")
        rate = int(client.communicate(timeout=seconds * 10 + 120)[0].split()[-1])
        print(f"{int(rate * seconds)} messages, {rate}/s")


def print_rates(arguments):
    pairs = [pair for pair in PAIRS if not arguments.server or pair[1] in arguments.server]
    results = {}
    for _ in range(arguments.rounds):
        for scenario in SCENARIOS:
            for client, server in pairs:
                rate = measure(client, server, scenario, arguments.seconds, arguments.bin)
                results.setdefault((scenario, client, server), []).append(rate)
    print(f"{'scenario':10}{'client':12}{'server':12}{'median/s':>10}{'min':>10}{'max':>10}")
    for (scenario, client, server), rates in results.items():
        print(f"{scenario:10}{client:12}{server:12}{statistics.median(rates):10.0f}{min(rates):10}{max(rates):10}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--server", action="append", help="only pairs with this server")
    parser.add_argument("--bin", type=pathlib.Path, default=HERE / ".build/release")
    arguments = parser.parse_args()
    if arguments.memory:
        for scenario in SCENARIOS:
            print_memory(scenario, arguments.bin)
    else:
        print_rates(arguments)


if __name__ == "__main__":
    main()
