"""Runs `queueflow` in pseudo-terminals, as a person has it.

    terminal_sessions.py QUEUEFLOW URL DEAD_URL

URL is a stand-in's with one queue, `mail`, one job, `0198-1`, and events; at DEAD_URL nobody listens. Prints `ok`, or what is wrong.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

QUEUEFLOW, URL, DEAD_URL = sys.argv[1:]
LEFT = b"\x1b[?25h\x1b[?1049l"


class Session:
    """A command in a terminal of a size, and what it has drawn."""

    def __init__(self, *arguments, url=URL, key="k"):
        self.screen = {}
        self.raw = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "xterm-256color"}
            if key:
                environment["QUEUEFLOW_API_KEY"] = key
            os.execve(QUEUEFLOW, [QUEUEFLOW, *arguments, "--url", url], environment)
        self.before = termios.tcgetattr(self.terminal)
        self.resize(80, 24)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        """Reads what there is; whether there may be more."""
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.raw += data
        if frames := re.findall(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", self.raw, re.S):
            rows = re.findall(rb"\x1b\[(\d+);1H(.*?)\x1b\[K", frames[-1], re.S)
            self.screen = {int(row): re.sub(r"\x1b\[[0-9;]*m", "", text.decode()) for row, text in rows}
        return bool(data)

    def text(self):
        """What is on the screen, or else what was printed."""
        return "\n".join(line for _, line in sorted(self.screen.items())) or self.raw.decode(errors="replace")

    def wait_until(self, is_so, what):
        deadline = time.monotonic() + 20
        while not is_so():
            left = deadline - time.monotonic()
            if left <= 0:
                fail(f"{what!r} was not shown; this was:\n{self.text()}")
            if select.select([self.terminal], [], [], left)[0]:
                self.read()

    def wait(self, what):
        """Waits until a text is shown."""
        self.wait_until(lambda: what in self.text(), what)
        return self.text()

    def fits(self):
        """Whether the screen is as long as the terminal and no line is wider."""
        widest = max(map(len, self.screen.values()), default=0)
        return max(self.screen, default=0) == self.rows and widest <= self.columns

    def press(self, keys):
        self.raw = b""
        os.write(self.terminal, keys)

    def end(self):
        """Waits for the end; the status as a shell tells it."""
        while self.read():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return 128 - status if status < 0 else status


def fail(text):
    sys.exit(text)


def expect(found, wanted, what):
    if found != wanted:
        fail(f"{what}: {found!r} instead of {wanted!r}")


def left_as_it_was(session, what):
    expect(session.raw.count(LEFT), 1, f"{what}: the other screen is left")
    expect(termios.tcgetattr(session.terminal)[3], session.before[3], f"{what}: the terminal's mode")


def looks_round():
    session = Session("top")
    session.wait("12.5k")
    session.wait_until(session.fits, "a screen that fits")
    session.press(b"2")
    session.wait("0198-1")
    session.press(b"\r")
    session.wait("Job 0198-1")
    session.press(b"x")
    session.wait("state: any")
    session.press(b"3")
    session.wait("> mail")
    session.press(b"P")
    session.wait("Pause mail? y: yes, any other key: no")
    session.press(b"n")
    session.wait("Nothing was done.")
    session.press(b"P")
    session.wait("Pause mail?")
    session.press(b"y")
    session.wait("mail paused")
    session.press(b"/zzz\r")
    session.wait("There are none.")
    session.press(b"\x1b")
    session.wait("> mail")
    session.press(b"?")
    session.wait("Capital letters change something")
    session.press(b"x")
    for columns, rows in [(200, 50), (20, 6), (80, 24)]:
        session.resize(columns, rows)
        session.wait_until(lambda: session.fits() and "q quit" in session.text(), f"{columns}x{rows}")
    session.press(b"q")
    expect(session.end(), 0, "status after q")
    left_as_it_was(session, "q")


def ends_in_order_by_signals():
    for number, status in [(signal.SIGTERM, 130), (signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGSEGV, 139)]:
        session = Session("top")
        session.wait("Overview")
        session.press(b"")
        os.kill(session.pid, number)
        expect(session.end(), status, f"status after signal {number}")
        left_as_it_was(session, f"signal {number}")
    session = Session("top")
    session.wait("Overview")
    session.press(b"\x03")
    expect(session.end(), 0, "status after Ctrl-C")


def survives_a_server_that_is_away():
    session = Session("top", url=DEAD_URL)
    session.wait("does not answer")
    session.press(b"3")
    session.wait("Queues")
    session.press(b"q")
    expect(session.end(), 0, "status without a server")


def watches():
    session = Session("jobs", "watch")
    text = session.wait("email.send")
    if "\x1b[36mrunning" not in text:
        fail(f"no colours on a terminal: {text!r}")
    session.press(b"\x03")
    expect(session.end(), 130, "status of an interrupted watch")


def asks_without_echo():
    session = Session("login", key=None)
    session.wait("Name at")
    os.write(session.terminal, b"ada\n")
    session.wait("Password:")
    os.write(session.terminal, b"secret\n")
    session.end()
    if b"secret" in session.raw or b"ada" not in session.raw:
        fail(f"the password is seen, or the name is not: {session.raw!r}")


looks_round()
ends_in_order_by_signals()
survives_a_server_that_is_away()
watches()
asks_without_echo()
print("ok")
