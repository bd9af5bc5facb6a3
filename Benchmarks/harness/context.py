"""What every scenario is given."""

import contextlib
import pathlib
import shutil
import tempfile
import time

from stack import QueueFlow


def say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


class Context:
    """The command line's wishes, and what is started for a while."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.short = arguments.short
        self.repeat = arguments.repeat

    def size(self, whole, short):
        """How many, in a whole run or a short one."""
        return short if self.short else whole

    def seconds(self, whole, short):
        """How long a phase takes: what --seconds says, else as the run is."""
        return self.arguments.seconds or self.size(whole, short)

    @contextlib.contextmanager
    def home(self):
        """A folder that is gone afterwards; PostgreSQL, which does not run as root, can enter it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="queueflow-bench-"))
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def queueflow(self, settings=None, binaries=None, **options):
        with self.home() as home:
            system = QueueFlow(home, binaries or self.arguments.binaries, self.arguments.kafka, settings, **options)
            try:
                yield system
            finally:
                system.stop()

    @contextlib.contextmanager
    def peer(self, kind):
        with self.home() as home:
            system = kind(home)
            try:
                yield system
            finally:
                system.stop()


def wait_for_completed(system, wanted, seconds=300):
    """Waits until so many jobs are completed. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while (done := system.completed()) < wanted:
        if time.monotonic() > end:
            raise TimeoutError(f"{done} of {wanted} jobs were completed within {seconds} s")
        time.sleep(0.02)
