"""What people would take instead, each started with fresh data on servers of its own. Their programs are in Benchmarks/peers."""

import os
import pathlib
import socket
import sys

import psycopg

import processes
from processes import Child, free_port, wait_until
from servers import Postgres, Redis

PROGRAMS = pathlib.Path(__file__).resolve().parent.parent / "peers"
BIN = pathlib.Path(sys.executable).parent
CORES = os.cpu_count()


class RedisCounter:
    """Asks a Redis for numbers over one connection."""

    def __init__(self, redis):
        self.file = socket.create_connection(("127.0.0.1", redis.port)).makefile("rwb")
        self.ask("AUTH", redis.password)

    def ask(self, *words):
        self.file.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
        self.file.flush()
        answer = self.file.readline().strip()
        if answer[:1] == b"$":
            answer = b":" + (self.file.readline().strip() if answer != b"$-1" else b"0")
        return int(answer[1:]) if answer[1:].lstrip(b"-").isdigit() else answer.decode()


class Peer:
    """Processes by name, stopped in the reverse order of their start."""

    path = "/jobs"
    headers = {}

    def __init__(self, home):
        self.home = home / self.name
        self.home.mkdir()
        self.running = {}
        self.database = None
        self.start()

    def add(self, name, server):
        self.running[name] = server
        return server

    def child(self, name, *arguments, env=None, cwd=PROGRAMS):
        return self.add(name, Child(arguments, self.home / f"{name}.log", env, cwd))

    def uvicorn(self, module, env):
        """Serves a module with as many processes as there are cores."""
        self.http = free_port()
        self.child("uvicorn", BIN / "uvicorn", module, "--host", "127.0.0.1", "--port", self.http, "--workers", CORES,
                   "--no-access-log", env=env)
        wait_until(lambda: self.running["uvicorn"].must_run() and processes.listens(self.http), "uvicorn listens")

    def port(self, way="direct"):
        return self.http

    def must_run(self):
        for server in self.running.values():
            getattr(server, "child", server).must_run()

    def cpu(self):
        return {name: server.cpu() if hasattr(server, "cpu") else processes.cpu(server.pid) for name, server in self.running.items()}

    def stop(self):
        if self.database:
            self.database.close()
        for server in reversed(self.running.values()):
            server.stop()


class FastAPICelery(Peer):
    name = "fastapi-celery"
    title = "FastAPI + Celery + Redis"

    def start(self):
        redis = self.add("redis", Redis(self.home))
        env = {"REDIS_URL": redis.url()}
        self.child("celery", BIN / "celery", "--app", "fastapi_celery:tasks", "worker", "--pool", "prefork", "--concurrency", CORES, env=env)
        self.uvicorn("fastapi_celery:app", env)
        self.counter = RedisCounter(redis)
        wait_until(lambda: self.running["celery"].must_run() and self.counter.ask("EXISTS", "_kombu.binding.celery"), "Celery listens")
        self.counter.ask("SELECT", "1")

    def completed(self):
        # Each result is a key of a database that holds nothing else.
        return self.counter.ask("DBSIZE")


class FastAPISQLAlchemy(Peer):
    name = "fastapi-sqlalchemy"
    title = "FastAPI + SQLAlchemy/asyncpg + Redis list"

    def start(self):
        postgres = self.add("postgres", Postgres(self.home))
        redis = self.add("redis", Redis(self.home))
        env = {"REDIS_URL": redis.url(), "DATABASE_URL": postgres.url(scheme="postgresql+asyncpg")}
        self.child("make-table", BIN / "python", "fastapi_sqlalchemy.py", env=env).process.wait()
        del self.running["make-table"]
        self.child("worker", BIN / "python", "fastapi_sqlalchemy.py", "work", "64", env=env)
        self.uvicorn("fastapi_sqlalchemy:app", env)
        self.database = psycopg.connect(postgres.url(), autocommit=True)

    def completed(self):
        return self.database.execute("select count(*) from jobs where status = 'completed'").fetchone()[0]


class PgQueuer(Peer):
    name = "pgqueuer"
    title = "PgQueuer (asyncpg)"
    batch = 100

    def start(self):
        self.postgres = self.add("postgres", Postgres(self.home))
        self.env = self.postgres.environment()
        Child([BIN / "pgq", "install"], self.home / "install.log", self.env, PROGRAMS).process.wait()
        self.database = psycopg.connect(self.postgres.url(), autocommit=True)

    def push(self, count):
        Child([BIN / "python", "pgqueuer_jobs.py", "push", count], self.home / "push.log", self.env, PROGRAMS).process.wait()

    def left(self):
        return self.database.execute("select count(*) from pgqueuer").fetchone()[0]

    def start_workers(self):
        for number in range(CORES):
            self.child(f"worker-{number}", BIN / "python", "pgqueuer_jobs.py", "work", self.batch, env=self.env)


class Sidekiq(Peer):
    name = "sidekiq"
    title = "Sidekiq"
    threads = 10

    def start(self):
        self.redis = self.add("redis", Redis(self.home))
        self.env = {"REDIS_URL": self.redis.url() + "/0", "RAILS_ENV": "production"}
        self.counter = RedisCounter(self.redis)

    def push(self, count):
        Child(["ruby", "push.rb", count], self.home / "push.log", self.env, PROGRAMS / "sidekiq").process.wait()

    def left(self):
        return self.counter.ask("LLEN", "queue:default")

    def start_workers(self):
        """As many processes as there are cores, each with Sidekiq's own number of threads."""
        for number in range(CORES):
            self.child(f"sidekiq-{number}", "sidekiq", "--concurrency", self.threads, "--require", "./app.rb", env=self.env, cwd=PROGRAMS / "sidekiq")
