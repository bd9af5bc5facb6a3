"""PostgreSQL and Redis as `queueflow up` runs them: the same programs, the same settings, fresh data."""

import os
import pathlib
import secrets
import signal
import subprocess

import psycopg

from processes import Child, cpu, free_port, listens, wait_until

# As in StackPlanner.postgresSettings; all else is PostgreSQL's own, fsync and synchronous_commit among it.
POSTGRES_SETTINGS = {"max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB", "timezone": "UTC"}


def postgres_programs():
    folders = pathlib.Path("/usr/lib/postgresql").glob("*/bin")
    found = sorted(folders, key=lambda folder: float(folder.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is not installed; deploy/dev/packages bench installs it")
    return found[-1]


class Postgres:
    """A cluster of its own with an empty database `jobs`."""

    def __init__(self, home):
        self.home, self.port, self.password = home / "postgres", free_port(), secrets.token_hex(16)
        self.account = "postgres" if os.geteuid() == 0 else None
        self.home.mkdir()
        self._make()
        self.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("create database jobs template template0")

    def _make(self):
        secret = self.home / "password"
        secret.write_text(self.password)
        if self.account:
            subprocess.run(["chown", "-R", self.account, str(self.home)], check=True)
        Child([postgres_programs() / "initdb", f"--pgdata={self.home}/data", "--username=queueflow", f"--pwfile={secret}",
               "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"], self.home.parent / "initdb.log", account=self.account,
              cwd=self.home).process.wait()
        secret.unlink()

    def start(self):
        settings = {**POSTGRES_SETTINGS, "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.child = Child([postgres_programs() / "postgres", "-D", self.home / "data", *options],
                           self.home.parent / "postgres.log", cwd=self.home, account=self.account)
        wait_until(lambda: self.child.must_run() and self._accepts(), "PostgreSQL is ready")

    def _accepts(self):
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        except psycopg.Error:
            return False

    def url(self, database="jobs", scheme="postgres", port=None):
        return f"{scheme}://queueflow:{self.password}@127.0.0.1:{port or self.port}/{database}"

    def environment(self):
        """The variables by which libpq finds it."""
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "queueflow", "PGPASSWORD": self.password,
                "PGDATABASE": "jobs"}

    def cpu(self):
        return cpu(self.child.pid)

    def stop(self):
        self.child.stop(signal.SIGINT, 60)


class Redis:
    """A server that keeps nothing on disk."""

    def __init__(self, home):
        self.port, self.password = free_port(), secrets.token_hex(16)
        folder = home / "redis"
        folder.mkdir()
        self.child = Child(["redis-server", "--bind", "127.0.0.1", "--port", self.port, "--requirepass", self.password, "--dir", folder,
                            "--save", "", "--appendonly", "no"], home / "redis.log")
        wait_until(lambda: self.child.must_run() and listens(self.port), "Redis listens")

    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    def cpu(self):
        return cpu(self.child.pid)

    def stop(self):
        self.child.stop()
