"""Peers of the released version, made of its protocol as it stands in `released`, against the programs of today.

    mixed_versions.py compare FOLDER           nothing that was released has another meaning in the protocol of FOLDER
    mixed_versions.py worker ADDRESS           a worker of that version at a job-service of today; runs one job of type `echo`
    mixed_versions.py server WORKER            a job-service of that version; starts the worker of today, which runs two jobs
    mixed_versions.py newer-worker ADDRESS     the same peers, which say in every message things that today's programs do not know,
    mixed_versions.py newer-server WORKER      as those of a later version will

WORKER_TOKEN is what the worker proves itself by; a worker that is started has this process's environment.
"""

import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

RELEASED = pathlib.Path(__file__).parent / "released"
LIMIT = 40

_generated = tempfile.TemporaryDirectory(prefix="mixed-versions-")
if protoc.main(["protoc", f"--proto_path={RELEASED}", f"--python_out={_generated.name}",
                f"--grpc_python_out={_generated.name}", str(RELEASED / "control.proto")]) != 0:
    raise SystemExit("the released protocol cannot be read")
sys.path.append(_generated.name)

import control_pb2 as control  # noqa: E402
import control_pb2_grpc as service  # noqa: E402

# A number in field 1000 and a text in field 1001.
UNKNOWN = b"\xc0\x3e\x07" + b"\xca\x3e\x05later"


def with_unknown_fields(message):
    """The message as a later version might send it: with fields of its own in it and in all that is in it."""
    for field, value in message.ListFields():
        if field.message_type:
            for part in value if field.is_repeated else [value]:
                with_unknown_fields(part)
    message.MergeFromString(UNKNOWN)
    return message


class Peer:
    def __init__(self, is_newer):
        self.spoken = with_unknown_fields if is_newer else lambda message: message

    @staticmethod
    def sent(messages):
        """What a stream sends: what comes into the queue, until None does."""
        return iter(messages.get, None)


# MARK: A worker


class Worker(Peer):
    def run(self, address):
        outgoing = queue.Queue()
        say = lambda **kind: outgoing.put(self.spoken(control.WorkerMessage(**kind)))
        metadata = [("authorization", f"Bearer {os.environ['WORKER_TOKEN']}")]
        with grpc.insecure_channel(address) as channel:
            session = service.WorkerControlStub(channel).Session(self.sent(outgoing), metadata=metadata, timeout=LIMIT)
            say(hello=control.Hello(secret=os.urandom(32), name="released", slots=4, types=["echo"]))
            welcome = next(session).welcome
            assert welcome.lease_ms > welcome.heartbeat_ms > 0 and len(welcome.worker_id) == 16, welcome
            say(heartbeat=control.Heartbeat(sequence=1, running=0))
            pulled = [hint.backlog for hint in welcome.hints if hint.backlog.type == "echo"]
            self.pull(say, pulled)
            renewed, done = False, None
            for message in session:
                kind = message.WhichOneof("kind")
                if kind == "heartbeat_ack":
                    renewed = message.heartbeat_ack.is_renewed
                elif kind == "hints":
                    self.pull(say, [hint.backlog for hint in message.hints.hints if hint.backlog.type == "echo"])
                elif kind == "exchanged" and message.exchanged.grants:
                    grant = message.exchanged.grants[0]
                    assert message.exchanged.backlogs[grant.backlog].type == "echo", message
                    assert grant.attempt == 1 and grant.max_attempts == 5 and grant.run == 1, grant
                    outcome = control.Outcome(
                        job_id=grant.job_id, run=grant.run, success=control.Success(result=grant.payload))
                    say(exchange=control.Exchange(sequence=100, outcomes=[outcome], closed_batches=[grant.batch_id], free=4))
                elif kind == "exchanged" and message.exchanged.sequence == 100:
                    done = True
                if done and renewed:
                    break
            say(goodbye=control.Goodbye())
            outgoing.put(None)
            for _ in session:
                pass
            assert done and renewed
        print("ok worker")

    def pull(self, say, backlogs):
        if backlogs:
            pulls = [control.Pull(backlog=backlog, limit=4) for backlog in backlogs]
            say(exchange=control.Exchange(sequence=10, pulls=pulls, free=4))


# MARK: A job-service


class JobService(Peer, service.WorkerControlServicer):
    """Has two jobs, one that succeeds and one that fails."""

    jobs = {b"\x01" * 16: ("echo", b'{"n": 1}'), b"\x02" * 16: ("fail", b'{"times": 9}')}

    def __init__(self, is_newer):
        super().__init__(is_newer)
        self.outcomes, self.has_left, self.is_done = {}, threading.Event(), threading.Event()

    def backlog(self, kind):
        return control.Backlog(tenant="default", queue="default", priority=control.PRIORITY_NORMAL, type=kind)

    def Session(self, messages, context):
        assert ("authorization", f"Bearer {os.environ['WORKER_TOKEN']}") in context.invocation_metadata()
        hello = next(messages).hello
        assert len(hello.secret) >= 32 and {"echo", "fail"} <= set(hello.types) and hello.slots > 0, hello
        hints = [control.Hint(backlog=self.backlog(kind)) for kind, _ in self.jobs.values()]
        welcome = control.Welcome(lease_ms=10_000, heartbeat_ms=500, hints=hints, worker_id=b"\x09" * 16)
        yield self.spoken(control.ServerMessage(welcome=welcome))
        waiting = dict(self.jobs)
        for message in messages:
            kind = message.WhichOneof("kind")
            if kind == "heartbeat":
                ack = control.HeartbeatAck(sequence=message.heartbeat.sequence, is_renewed=True)
                yield self.spoken(control.ServerMessage(heartbeat_ack=ack))
            elif kind == "exchange":
                yield self.spoken(control.ServerMessage(exchanged=self.exchanged(message.exchange, waiting)))
            elif kind == "goodbye":
                self.has_left.set()
                return

    def exchanged(self, exchange, waiting):
        for outcome in exchange.outcomes:
            self.outcomes[outcome.job_id] = outcome
        if len(self.outcomes) == len(self.jobs):
            self.is_done.set()
        answer = control.Exchanged(sequence=exchange.sequence, tenants_share=False)
        for pull in exchange.pulls:
            for job, (kind, payload) in list(waiting.items()):
                if kind == pull.backlog.type:
                    del waiting[job]
                    answer.backlogs.append(pull.backlog)
                    answer.grants.append(control.Grant(
                        job_id=job, run=1, backlog=len(answer.backlogs) - 1, attempt=1, max_attempts=3, payload=payload,
                        batch_id=1, queued_at=1_700_000_000_000_000, created_at=1_700_000_000_000_000,
                        retry=control.RetryPolicy(strategy="fixed", base=7, factor=1, max_delay=7)))
            answer.pulls.append(control.Pulled(is_exhausted=True))
        return answer

    def run(self, program):
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        service.add_WorkerControlServicer_to_server(self, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        environment = {**os.environ, "CONTROL_ADDRESS": f"127.0.0.1:{port}"}
        with subprocess.Popen([program], env=environment) as worker:
            try:
                assert self.is_done.wait(LIMIT), self.outcomes
                worker.terminate()
                assert self.has_left.wait(LIMIT)
                assert worker.wait(LIMIT) == 0
            finally:
                worker.kill()
        server.stop(None)
        echoed, failed = (self.outcomes[job] for job in self.jobs)
        assert echoed.success.result == b'{"n": 1}', echoed
        assert failed.failure.retry_after_ms == 7000 and "attempt 1 failed" in failed.failure.error, failed
        print("ok server")


# MARK: The protocol itself


def described(folder):
    """What each message and enumeration of a folder's protocol has, by number."""
    with tempfile.NamedTemporaryFile() as file:
        sources = sorted(str(path) for path in folder.glob("*.proto"))
        if protoc.main(["protoc", f"--proto_path={folder}", f"--descriptor_set_out={file.name}", *sources]) != 0:
            raise SystemExit(f"the protocol of {folder} cannot be read")
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(file.name).read_bytes()).file
    found = {}
    for one in files:
        for message in one.message_type:
            for field in message.field:
                found[f"{one.package}.{message.name}", field.number] = (field.name, field.type, field.type_name, field.label)
        for enumeration in one.enum_type:
            for value in enumeration.value:
                found[f"{one.package}.{enumeration.name}", value.number] = (value.name,)
        for one_service in one.service:
            for method in one_service.method:
                found[f"{one.package}.{one_service.name}", method.name] = (
                    method.input_type, method.output_type, method.client_streaming, method.server_streaming)
    return found


def compare(folder):
    released, today = described(RELEASED), described(pathlib.Path(folder))
    assert len(released) > 50
    wrong = [f"{of}, {number}: was {was}, is {today.get((of, number))}"
             for (of, number), was in released.items() if today.get((of, number)) != was]
    if wrong:
        raise SystemExit("\n".join(["what was released may be deprecated, but neither change nor go:", *wrong]))
    print("ok compare")


def main(mode, argument):
    if mode == "compare":
        return compare(argument)
    peer = {"worker": Worker, "server": JobService}[mode.removeprefix("newer-")]
    peer(is_newer=mode.startswith("newer-")).run(argument)


if __name__ == "__main__":
    main(*sys.argv[1:])
