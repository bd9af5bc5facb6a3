"""Puts load on a system over HTTP, by programs that cost little beside what they measure."""

import csv
import dataclasses
import io
import json
import pathlib
import resource
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
BUILT = HERE.parent / ".build-bench"


@dataclasses.dataclass
class Answers:
    """What came of requests: when each was due since `began` (which is since 1970) and how long its answer took, in seconds, its status
    and its Retry-After."""

    due: list
    latencies: list
    statuses: list
    retry_after: list
    cpu: float
    began: float = 0

    def count(self, status=201):
        return sum(each == status for each in self.statuses)

    def seconds(self):
        return max((due + latency for due, latency in zip(self.due, self.latencies)), default=0)


def compiled(source, *libraries):
    """The program made of one C file; compiled anew when that or what lies beside it changes."""
    program = BUILT / source.stem
    changed = max(each.stat().st_mtime for each in source.parent.glob("*.[ch]"))
    if not program.exists() or program.stat().st_mtime < changed:
        BUILT.mkdir(exist_ok=True)
        subprocess.run(["cc", "-O2", "-Wall", "-o", program, source, *libraries], check=True)
    return program


def run(arguments):
    """The output of a program, and the seconds of CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run([str(argument) for argument in arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def hey(url, headers, body, count, connections):
    """Requests by `hey`, each connection's next one when the last is answered; `count` is a multiple of `connections`."""
    arguments = ["hey", "-n", count, "-c", connections, "-m", "POST", "-T", "application/json", "-d", json.dumps(body), "-o", "csv"]
    for name, value in headers.items():
        arguments += ["-H", f"{name}: {value}"]
    output, seconds = run([*arguments, url])
    rows = list(csv.DictReader(io.StringIO(output)))
    return Answers([float(row["offset"]) for row in rows], [float(row["response-time"]) for row in rows],
                   [int(row["status-code"]) for row in rows], [-1] * len(rows), seconds)


def request(path, headers, body):
    """A POST as it goes over the wire."""
    text = json.dumps(body)
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(text)}",
             *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines) + "\r\n\r\n" + text


def pulse(folder, port, requests, connections=64, rate=0, seconds=0, count=0):
    """Requests by `load/pulse.c`: at `rate` a second for `seconds` whatever is answered, or with no rate `count` of them or for `seconds`, each
    connection's next one when the last is answered. `requests` are sent in turn."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"".join(each.encode() + b"\0" for each in requests))
        file.flush()
        output, used = run([compiled(HERE / "load/pulse.c"), port, connections, rate, seconds, count, file.name])
    began, *rest = output.splitlines()
    rows = [line.split() for line in rest]
    return Answers([int(row[0]) / 1e6 for row in rows], [int(row[1]) / 1e6 for row in rows], [int(row[2]) for row in rows],
                   [int(row[3]) for row in rows], used, int(began) / 1e6)
