"""QueueFlow as `queueflow up` starts it, in a directory and on ports of its own."""

import http.client
import json
import os
import secrets
import shlex
import signal
import subprocess

import psycopg

import processes
from processes import Child, free_port, wait_until

PORTS = ["POSTGRES_PORT", "REDIS_PORT", "DEV_BROKER_PORT", "HTTP_PORT", "GRPC_PORT", "METRICS_PORT", "WORKER_GRPC_PORT",
         "WORKER_METRICS_PORT", "SCHEDULER_GRPC_PORT", "SCHEDULER_METRICS_PORT", "GATEWAY_PORT", "GATEWAY_TLS_PORT"]
PATH = "/jobs"


class Failure(RuntimeError):
    """An answer that tells of an error."""

    def __init__(self, status, text):
        super().__init__(f"{status} {text[:300]}")
        self.status = status


class QueueFlow:
    """The stack. `settings` are variables over the defaults, `kafka` is an Apache Kafka's address or None for dev-broker."""

    path = PATH

    # What `up` has started goes on running after it, so that a start that is broken off is ended, too.
    def __init__(self, home, binaries, kafka=None, settings=None, worker=True):
        self.home, self.binaries, self.kafka = home / "queueflow", binaries, kafka
        self.home.mkdir()
        self.ports = {name: free_port() for name in PORTS}
        self.settings = {**{name: str(port) for name, port in self.ports.items()}, **(settings or {})}
        if kafka:
            # Topics of its own: what other runs left in Kafka is none of its business.
            self.settings |= {"KAFKA_BROKERS": kafka, "KAFKA_TOPIC_PREFIX": f"bench-{secrets.token_hex(4)}"}
        self.extra, self._database, self.headers = {}, None, {}
        try:
            self.up("--worker" if worker else "--no-worker")
        except BaseException:
            self.stop()
            raise

    def up(self, *options):
        """Starts what does not run."""
        self._command("up", "--no-first-job", "--binaries", str(self.binaries), *options)
        text = (self.home / ".queueflow/credentials.env").read_text()
        self.credentials = dict(word.split("=", 1) for line in text.splitlines() if not line.startswith("#") for word in shlex.split(line))
        if not self.headers:
            self._sign_in()

    def _command(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.home), **self.settings}
        done = subprocess.run([self.binaries / "queueflow", *arguments], cwd=self.home, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError(f"queueflow {' '.join(arguments)}:\n{done.stdout}")
        return done.stdout

    def _sign_in(self):
        login = {"username": "admin", "password": self.credentials["QUEUEFLOW_ADMIN_PASSWORD"]}
        token = self.call("POST", "/login", login)["access_token"]
        self.bearer = {"Authorization": f"Bearer {token}"}
        self.headers = self.key_of("default", "ADMIN")

    def key_of(self, tenant, role="USER"):
        """The headers of a new key of a tenant."""
        answer = self.call("POST", "/api-keys", {"name": secrets.token_hex(4), "tenant": tenant, "role": role}, self.bearer)
        return {"X-API-Key": answer["key"]}

    def call(self, method, path, body=None, headers=None):
        """A call of the REST API past the gateway. Raises Failure."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["HTTP_PORT"], timeout=120)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json", **(headers or self.headers)})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise Failure(answer.status, text.decode(errors="replace"))
        return json.loads(text) if text else None

    def port(self, way="direct"):
        return self.ports["GATEWAY_PORT" if way == "nginx" else "HTTP_PORT"]

    def completed(self):
        return self.call("GET", "/metrics")["completed_jobs"]

    def push(self, count, queue="bench", size=10_000, **members):
        """Submits jobs by POST /jobs/batch."""
        job = json.dumps({"type": "noop", "queue": queue, **members}).encode()
        whole = b"[" + b",".join([job] * min(size, count)) + b"]"
        for first in range(0, count, size):
            part = whole if count - first >= size else b"[" + b",".join([job] * (count - first)) + b"]"
            self.call("POST", "/jobs/batch", part)

    def database_url(self):
        default = f"postgres://queueflow:{self.credentials['POSTGRES_PASSWORD']}@127.0.0.1:{self.ports['POSTGRES_PORT']}/queueflow"
        return self.settings.get("DATABASE_URL", default)

    def sql(self, text, *values):
        """The rows of a statement; it is tried again once, as chaos may have ended the connection."""
        for attempt in range(2):
            try:
                if self._database is None or self._database.closed:
                    self._database = psycopg.connect(self.database_url(), autocommit=True)
                cursor = self._database.execute(text, values or None)
                return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                self._database.close()
                if attempt:
                    raise

    # Processes

    def pid(self, service):
        record = json.loads((self.home / f".queueflow/run/{service}.json").read_text())
        return (record.get("process") or {}).get("pid")

    def pids(self):
        """The root process of each service, by name; a Kafka on this machine, too."""
        found = {}
        for file in sorted((self.home / ".queueflow/run").glob("*.json")):
            if pid := self.pid(file.stem):
                found[file.stem] = pid
        found |= {name: child.pid for name, child in self.extra.items()}
        host, _, port = (self.kafka or "").partition(":")
        if host in ("127.0.0.1", "localhost"):
            if pid := processes.listener(int(port)):
                found["kafka"] = pid
        return found

    def cpu(self):
        """Seconds of CPU by process; workers are one."""
        used = {}
        for name, pid in self.pids().items():
            kind = "worker" if name.startswith("worker") else name
            used[kind] = used.get(kind, 0) + processes.cpu(pid)
        return used

    def memory(self):
        return {name: round(processes.memory(pid), 1) for name, pid in self.pids().items()}

    def start_worker(self, name, **settings):
        """A further worker beside those of `up`; a name that was there before starts anew."""
        environment = dict(word.split("=", 1) for line in self._command("env").splitlines() for word in shlex.split(line) if "=" in word)
        environment |= {"GRPC_PORT": "0", "METRICS_PORT": "0", "WORKER_NAME": name, **settings}
        self.extra[name] = Child([self.binaries / "worker"], self.home / f"{name}.log", environment)

    def wait_for_workers(self, count):
        wait_until(lambda: len(self.call("GET", "/workers")["workers"]) >= count, f"{count} workers have a session", step=0.1)

    def stop(self):
        if self._database:
            self._database.close()
        for child in self.extra.values():
            child.stop(signal.SIGKILL)
        self._command("down")
