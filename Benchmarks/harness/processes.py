"""Processes that are started here, and what they cost."""

import ctypes
import os
import pathlib
import pwd
import random
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
LIBC = ctypes.CDLL(None)
taken = set()


def free_port():
    """A port below those that outgoing connections take, and not given out before."""
    while True:
        port = random.randint(20000, 31999)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port in taken or probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        taken.add(port)
        return port


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, what, seconds=60, step=0.05):
    """Waits until `condition()` is true. Raises TimeoutError that names `what`."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} within {seconds} s")
        time.sleep(step)
    return found


def die_with_parent():
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Child:
    """A process that ends with this one. What it prints goes to `log`."""

    def __init__(self, arguments, log, env=None, cwd=None, account=None):
        whole = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(log.parent), **(env or {})}
        other = {}
        if account and os.geteuid() == 0:
            entry = pwd.getpwnam(account)
            other = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, env=whole, cwd=cwd or log.parent, preexec_fn=die_with_parent, **other)
        self.pid = self.process.pid

    def must_run(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.log.stem} ended with {self.process.returncode}:\n" + self.log.read_text(errors="replace")[-2000:])
        return True

    def stop(self, number=signal.SIGTERM, seconds=15):
        family = tree(self.pid)
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in family[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


def children(pid):
    try:
        return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []


def tree(pid):
    """A process and all below it."""
    found = [pid]
    for parent in found:
        found += children(parent)
    return found


def seconds_of(pid):
    """The CPU time of one process and of those of its children that have ended, in seconds."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS


def cpu(pid):
    """The CPU time of a process and all below it, those that have ended included, in seconds."""
    return sum(seconds_of(each) for each in tree(pid))


def memory(pid):
    """The memory of a process and all below it in MiB; what is shared by several is shared out among them."""
    total = 0
    for each in tree(pid):
        try:
            lines = pathlib.Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


def listener(port):
    """The process that listens on a port of this machine; None when it cannot be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for descriptor in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(descriptor) in inodes:
                return int(descriptor.parts[2])
        except OSError:
            pass
    return None
