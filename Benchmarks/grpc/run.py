#!/usr/bin/env python3
"""Measures messages per second of this library, of grpc-swift 2 and of Python's grpcio, all in one run.

Usage: run.py [--seconds S] [--rounds R] [--bin FOLDER]

Every pair of client and server below is measured in turn, round after round, so that whatever else the machine does falls on all of
them alike; the median counts. Needs `swift build -c release` first, and grpcio for the pairs with its server. Prints a table.
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


def server_command(server, binaries, port):
    if server == "grpcio":
        return [sys.executable, str(HERE / "grpcio_server.py"), str(port)]
    return [str(binaries / f"bench-{server}"), "serve", str(port)]


def measure(client, server, scenario, seconds, binaries):
    port = free_port()
    process = subprocess.Popen(server_command(server, binaries, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_listening(port, process)
        command = [str(binaries / f"bench-{client}"), "load", scenario, str(port), str(seconds)]
        result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds * 5 + 30)
        return int(result.stdout.split()[-1])
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE / ".build/release")
    parser.add_argument("--server", action="append", help="only pairs with this server")
    arguments = parser.parse_args()
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


if __name__ == "__main__":
    main()
