"""Holds the description of the REST API against a running installation: what it shows is what is answered.

    rest_description.py URL USERNAME PASSWORD

The installation has a worker, and may be littered. Every answer that is described must have an example, every example must fit
its schema, and every call is made, with each answer that can be had by asking: it must fit its schema and look like its example.
"""

import json
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request

import jsonschema_rs

# What cannot be had by asking.
RARE = {"410", "429", "500", "503"}
MISSING = "0199d1a0-6f00-7abc-8def-0123456789ab"
# Makes names of this run's own.
RUN = secrets.token_hex(4)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers = str(status), headers
        self.type = headers.get("Content-Type", "").split(";")[0]
        self.text = body.decode()
        self.json = json.loads(body) if "json" in self.type and body else None


class Server:
    def __init__(self, url):
        self.url = url
        self.headers = {}

    def send(self, method, path, body=None, headers=None, anonymous=False):
        own = {} if anonymous else self.headers
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if data is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(
            self.url + path, data, {**kind, **own, **(headers or {})}, method=method.upper()
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())


class Description:
    def __init__(self, document):
        self.document = document
        self.operations = {
            operation["operationId"]: (path, method, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def resolve(self, value):
        while isinstance(value, dict) and "$ref" in value:
            target = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            value = target
        return value

    def contents(self, name, status):
        """The types of an answer, each with its schema and examples."""
        response = self.resolve(self.operations[name][2]["responses"][status])
        for kind, media in response.get("content", {}).items():
            values = [self.resolve(example)["value"] for example in media.get("examples", {}).values()]
            yield kind, media["schema"], values + ([media["example"]] if "example" in media else [])

    def faults(self, schema, value):
        schema = {**schema, "components": self.document["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return [f"{error.message} at {list(error.instance_path)}" for error in validator.iter_errors(value)]


class Check:
    """Collects what was answered and what is wrong."""

    def __init__(self, server, description):
        self.server, self.description = server, description
        self.wrong, self.seen, self.answers, self.frames = [], set(), {}, {}

    def fail(self, text):
        self.wrong.append(text)

    def look(self, name, answer):
        """Holds an answer against what is described of it."""
        key = f"{name}.{answer.status}"
        if answer.status not in self.description.operations[name][2]["responses"]:
            return self.fail(f"{key} is not described: {answer.text}")
        self.seen.add(key)
        contents = {kind: rest for kind, *rest in self.description.contents(name, answer.status)}
        if answer.json is None:
            if contents and answer.type not in contents:
                self.fail(f"{key} is of type '{answer.type}'")
            return None
        if answer.type not in contents:
            return self.fail(f"{key} is of type '{answer.type}': {answer.text}")
        self.answers.setdefault(key, answer.json)
        schema, examples = contents[answer.type]
        for fault in self.description.faults(schema, answer.json):
            self.fail(f"{key} does not fit its schema: {fault}: {answer.text}")
        if name != "description" and not any(alike(example, answer.json) for example in examples):
            self.fail(f"{key} looks like none of its examples: {answer.text}")
        return None

    def call(self, name, status, *arguments, body=None, headers=None, query=""):
        """Makes a call that is to have an answer of a status."""
        path, method, _ = self.description.operations[name]
        for argument in arguments:
            path = path[: path.index("{")] + argument + path[path.index("}") + 1:]
        answer = self.server.send(method, path + query, body, headers)
        if answer.status != str(status):
            raise SystemExit(f"{name} was answered with {answer.status} and not {status}: {answer.text}")
        self.look(name, answer)
        return answer


def alike(example, value):
    """Whether two values have the same members, all the way down, and the same kind of problem."""
    if example is None or value is None:
        return True
    if isinstance(example, dict) and isinstance(value, dict):
        free = {"payload", "result", "details"}
        return (
            example.keys() == value.keys()
            and all(example[name] == value[name] for name in ("type", "title") if "request_id" in example)
            and all(alike(example[name], value[name]) for name in example if name not in free)
        )
    if isinstance(example, list) and isinstance(value, list):
        return not example or all(any(alike(one, element) for one in example) for element in value)
    number = (int, float)
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(example, bool) and isinstance(value, bool)
    return type(example) is type(value) or isinstance(example, number) and isinstance(value, number)


def examples_fit(check):
    """Every answer that is described has an example, and each example fits its schema."""
    for name, (_, _, operation) in check.description.operations.items():
        for status in operation["responses"]:
            for kind, schema, examples in check.description.contents(name, status):
                if not examples:
                    check.fail(f"{name}.{status} has no example of {kind}")
                for example in examples:
                    for fault in check.description.faults(schema, example):
                        check.fail(f"an example of {name}.{status} does not fit its schema: {fault}")


def described(check):
    """Everything that has a name says what it is, and what has few values says of which type they are."""
    document, components = check.description.document, check.description.document["components"]

    def says(value):
        return bool(value.get("description") or check.description.resolve(value).get("description"))

    def walk(schema, place):
        for name, inner in schema.get("properties", {}).items():
            if not says(inner):
                check.fail(f"{place}.{name} does not say what it is")
            walk(inner, f"{place}.{name}")
        for name in ("anyOf", "oneOf", "allOf"):
            for inner in schema.get(name, []):
                walk(inner, place)
        if "items" in schema:
            walk(schema["items"], f"{place}[]")
        if ("enum" in schema or "const" in schema) and "type" not in schema:
            check.fail(f"{place} does not say of which type it is")

    for kind in ("schemas", "parameters", "responses"):
        for name, value in components[kind].items():
            if not says(value):
                check.fail(f"{kind} {name} does not say what it is")
    for name, schema in components["schemas"].items():
        walk(schema, name)
    for name, (_, _, operation) in check.description.operations.items():
        if not operation.get("summary"):
            check.fail(f"{name} does not say what it does")
        for part in operation.get("parameters", []) + list(operation["responses"].values()):
            if not says(part):
                check.fail(f"{name} has a parameter or an answer that does not say what it is: {part}")
    if not all(tag.get("description") for tag in document["tags"]):
        check.fail("a tag does not say what it is")


def refusals(check, worker_key):
    """What every call that is described so refuses, each in the same way."""
    large = {"payload": "x" * 1_200_000}
    for name, (pattern, method, operation) in check.description.operations.items():
        path = pattern.replace("{id}", MISSING).replace("{name}", "nope").replace("{file}", "nope.css").replace("{part}", "nope.css")
        example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        example = check.description.resolve(example).get("examples", [[{"type": "noop"}] if "batch" in path else {}])[0]
        body = None if "requestBody" not in operation else example
        query = {"previewSchedule": "?cron=@daily", "deleteDeadLetters": "?queue=nope"}.get(name, "")
        if name in {"overview", "history"}:
            query = "?tenant=nope"
        tries = {
            "400": lambda: check.server.send(method, path, b"{"),
            "401": lambda: check.server.send(method, path + query, body, anonymous=True),
            "403": lambda: check.server.send(method, path + query, body, {"X-API-Key": worker_key}, anonymous=True),
            "404": lambda: check.server.send(method, path + query, body),
            "406": lambda: check.server.send(method, path + query, body, {"Accept": "text/csv"}),
            "413": lambda: check.server.send(method, path, [large] if "batch" in path else large),
            "415": lambda: check.server.send(method, path, b"x", {"Content-Type": "text/plain"}),
            "422": lambda: check.server.send(method, path + "?nosuch=1", body),
        }
        for status, attempt in tries.items():
            if status not in operation["responses"] or (status == "401" and operation.get("security") == []):
                continue
            answer = attempt()
            if answer.status != status:
                check.fail(f"{name} was to answer {status} and answered {answer.status}: {answer.text}")
            check.look(name, answer)


def jobs(check):
    key = {"Idempotency-Key": "one " + RUN}
    echo = {"type": "echo", "queue": f"described-{RUN}", "payload": {"n": 1}, "tags": ["nightly run"], "retry": {"base": 1}, "timeout": 9}
    done = check.call("createJob", 201, body=echo, headers=key).json["id"]
    check.call("createJob", 200, body=echo, headers=key)
    later = check.call("createJobs", 201, body=[{"type": "noop", "delay": 3600}] * 2).json["ids"]
    check.call("submitTask", 201, body={"data": {"n": 1}}, headers={"Idempotency-Key": "two " + RUN})
    check.call("submitTask", 200, body={"data": {"n": 1}}, headers={"Idempotency-Key": "two " + RUN})
    shown = check.call("showJob", 200, done, query="?wait=30")
    if shown.json["state"] != "completed":
        check.fail(f"the job did not complete: {shown.text}")
    check.call("showJob", 304, done, headers={"If-None-Match": shown.headers["ETag"]})
    check.call("showJob", 200, done, query="?fields=id,state")
    check.call("listAttempts", 200, done)
    check.call("listLogLines", 200, done, query="?run=1&limit=10")
    check.call("listJobs", 200, query=f"?tag=nightly+run&state=completed&queue=described-{RUN}&limit=1")
    check.call("listJobs", 200, query="?fields=id,state")
    check.call("listJobs", 200, query="?state=completed,dead&payload=n%3D1&text=ECHO&priority=normal&limit=2")
    check.call("countJobs", 200, query=f"?queue=described-{RUN}")
    check.call("showJob", 200, done, query="?truncate=3&fields=id,payload")
    check.call("explainJob", 200, done)
    check.call("explainJob", 200, later[0])
    check.call("showPayload", 200, done)
    check.call("showResult", 200, done)
    check.call("showResult", 404, later[0])
    check.call("cancelJob", 200, later[0])
    check.call("cancelJob", 409, done)
    check.call("retryJob", 200, later[1])
    check.call("retryJob", 409, done)
    waiting = check.call("createJob", 201, body={"type": "noop", "delay": 3600}).json["id"]
    tag = check.call("showJob", 200, waiting).headers["ETag"]
    check.call("updateJob", 200, waiting, body={"priority": "high"}, headers={"If-Match": tag})
    check.call("updateJob", 412, waiting, body={"priority": "low"}, headers={"If-Match": tag})
    check.call("updateJob", 409, done, body={"priority": "low"})
    check.call("deleteJob", 204, waiting)
    # Its worker may have stopped it by the time the answer is written.
    for _ in range(20):
        running = check.call("createJob", 201, body={"type": "sleep", "payload": {"seconds": 60}}).json["id"]
        until(lambda: check.call("showJob", 200, running).json["state"] == "running", "the job to run")
        check.call("listAttempts", 200, running)
        check.call("deleteJob", 409, running)
        answer = check.server.send("POST", f"/jobs/{running}/cancel")
        check.look("cancelJob", answer)
        if answer.status == "202":
            break


def bulk_operations(check):
    check.call("createJobs", 201, body=[{"type": "noop", "queue": f"bulk-{RUN}", "delay": 3600}] * 3)
    cancel = {"kind": "cancel", "filter": {"state": "scheduled", "queue": f"bulk-{RUN}"}}
    check.call("createOperation", 200, body={**cancel, "dry_run": True})
    slow = check.call("createOperation", 202, body={**cancel, "rate": 0.01}).json["id"]
    check.call("stopOperation", 200, slow)
    quick = check.call("createOperation", 202, body=cancel).json["id"]
    until(lambda: check.call("showOperation", 200, quick).json["state"] == "done", "the operation to end")
    check.call("stopOperation", 409, quick)
    check.call("listOperations", 200, query="?state=done")


def schedules(check):
    nightly = {"name": f"nightly-report-{RUN}", "cron": "0 2 * * *", "timezone": "Europe/Berlin", "type": "noop", "overlap": "skip"}
    id = check.call("createSchedule", 201, body=nightly).json["id"]
    check.call("createSchedule", 409, body=nightly)
    other = check.call("createSchedule", 201, body={**nightly, "name": f"weekly-report-{RUN}"}).json["id"]
    check.call("replaceSchedule", 409, other, body=nightly)
    check.call("listSchedules", 200, query="?tenant=default")
    check.call("previewSchedule", 200, query="?cron=30+9+*+*+mon-fri&timezone=Etc/GMT+5")
    check.call("showSchedule", 200, id)
    check.call("listScheduleRuns", 200, id)
    check.call("replaceSchedule", 200, id, body={**nightly, "tags": ["report"]})
    check.call("replaceSchedule", 412, id, body=nightly, headers={"If-Match": '"1"'})
    check.call("pauseSchedule", 200, id)
    check.call("resumeSchedule", 200, id)
    check.call("triggerSchedule", 201, id, headers={"Idempotency-Key": "three " + RUN})
    check.call("triggerSchedule", 200, id, headers={"Idempotency-Key": "three " + RUN})
    check.call("deleteSchedule", 204, id)


def dead_letters(check):
    failing = {"type": "fail", "queue": "dying", "payload": {"times": 9}, "max_attempts": 1}
    ids = [check.call("createJob", 201, body=failing).json["id"] for _ in range(3)]
    for id in ids:
        check.call("showJob", 200, id, query="?wait=30")
    check.call("listAttempts", 200, ids[0])
    check.call("listDeadLetters", 200, query="?queue=dying")
    check.call("groupDeadLetters", 200)
    check.call("replayDeadLetters", 200, body={"filter": {"queue": "dying"}, "dry_run": True})
    check.call("replayDeadLetters", 200, body={"ids": [ids[0]]})
    check.call("deleteDeadLetter", 204, ids[1])
    check.call("deleteDeadLetters", 200, query="?queue=dying")


def queues(check):
    check.call("listQueues", 200)
    check.call("showQueue", 404, "nope")
    check.call("pauseQueue", 404, "nope")
    check.call("resumeQueue", 404, "nope")
    tag = check.call("updateQueue", 200, f"held-{RUN}", body={"max_depth": 100}).headers["ETag"]
    check.call("pauseQueue", 200, f"held-{RUN}", headers={"If-Match": tag})
    check.call("pauseQueue", 412, f"held-{RUN}", headers={"If-Match": tag})
    check.call("updateQueue", 412, f"held-{RUN}", body={"max_depth": 100}, headers={"If-Match": tag})
    check.call("resumeQueue", 412, f"held-{RUN}", headers={"If-Match": tag})
    shown = check.call("showQueue", 200, f"held-{RUN}")
    check.call("showQueue", 304, f"held-{RUN}", headers={"If-None-Match": shown.headers["ETag"]})
    check.call("resumeQueue", 200, f"held-{RUN}", headers={"If-Match": shown.headers["ETag"]})
    check.call("deleteQueue", 204, f"held-{RUN}")
    check.call("createJob", 201, body={"type": "no.such.handler", "queue": f"kept-{RUN}"})
    check.call("deleteQueue", 409, f"kept-{RUN}")
    # A type counts as one without a handler once the scheduler has found that.
    until(lambda: check.call("listWorkers", 200).json["unhandled_types"], "the type without a handler to be found")
    check.call("showWorker", 200, check.call("listWorkers", 200).json["workers"][0]["id"])


def tenants(check):
    name, old = f"described-{RUN}", {"If-Match": '"99"'}
    check.call("createTenant", 201, body={"name": name, "own_limits": {"queues": 100}})
    check.call("createTenant", 409, body={"name": name})
    check.call("listTenants", 200)
    check.call("showOwnTenant", 200)
    shown = check.call("showTenant", 200, name)
    check.call("showTenant", 304, name, headers={"If-None-Match": shown.headers["ETag"]})
    change = {"own_limits": {"queues": 50, "schedules": None}}
    check.call("updateTenant", 412, name, body=change, headers=old)
    check.call("updateTenant", 200, name, body=change, headers={"If-Match": shown.headers["ETag"]})
    check.call("deleteTenant", 409, name)
    check.call("suspendTenant", 409, "default")
    for call in ("suspendTenant", "resumeTenant", "deleteTenant"):
        check.call(call, 412, name, headers=old)
    check.call("suspendTenant", 200, name)
    check.call("resumeTenant", 200, name)
    check.call("suspendTenant", 200, name)
    check.call("deleteTenant", 202, name)
    check.call("updateTenant", 409, name, body=change)
    check.call("resumeTenant", 409, name)


def accounts(check, username):
    user = check.call("createUser", 201, body={"username": f"ada-{RUN}", "password": "correct horse battery staple"}).json["id"]
    check.call("createUser", 409, body={"username": f"ada-{RUN}", "password": "correct horse battery staple"})
    users = check.call("listUsers", 200).json["users"]
    check.call("showUser", 200, user)
    check.call("updateUser", 200, user, body={"disabled": True})
    own = next(one["id"] for one in users if one["username"] == username)
    check.call("updateUser", 409, own, body={"disabled": True})
    check.call("deleteUser", 409, own)
    check.call("deleteUser", 204, user)
    key = check.call("createAPIKey", 201, body={"name": "ci", "scopes": ["jobs:read"]}).json
    bearer, check.server.headers = check.server.headers, {"X-API-Key": key["key"]}
    check.call("createJob", 403, body={"type": "noop"})
    check.call("logout", 409)
    check.server.headers = bearer
    check.call("listAPIKeys", 200)
    check.call("revokeAPIKey", 204, key["id"])
    check.call("listAuditLog", 200)
    check.call("me", 200)
    check.call("keys", 200)


def sessions(check, username, password):
    wrong = check.server.send("post", "/login", {"username": username, "password": "not this one at all"})
    check.look("login", wrong)
    tokens = check.call("login", 200, body={"username": username, "password": password}).json
    check.call("refresh", 200, body={"refresh_token": tokens["refresh_token"]})
    check.call("refresh", 401, body={"refresh_token": "none"})
    second = check.call("login", 200, body={"username": username, "password": password}).json
    bearer, check.server.headers = check.server.headers, {"Authorization": f"Bearer {second['access_token']}"}
    check.call("logout", 204)
    check.server.headers = bearer


def operations(check):
    for name in ("index", "metrics", "health", "readiness", "description", "pages", "overview"):
        check.call(name, 200)
    check.call("overview", 200, query="?tenant=default")
    check.call("history", 200, query=f"?queue=described-{RUN}")
    check.call("history", 200, query="?range=day")
    for kind in ("text/plain", "application/openmetrics-text"):
        check.call("metrics", 200, headers={"Accept": kind})
    for name, path in (("dashboard", []), ("dashboardFile", ["app.js"]), ("dashboardPart", ["lib", "api.js"])):
        tag = check.call(name, 200, *path).headers["ETag"]
        check.call(name, 304, *path, headers={"If-None-Match": tag})


class Events(threading.Thread):
    """Listens until it has seen an event of each kind that can be had."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.frames, self.failure = {}, None
        self.request = urllib.request.Request(server.url + "/events", headers=dict(server.headers))

    def run(self):
        try:
            with urllib.request.urlopen(self.request, timeout=60) as stream:
                frame = {}
                for line in (line.decode().rstrip("\n") for line in stream):
                    if not line and frame:
                        self.frames.setdefault(frame["event"], []).append(frame)
                        frame = {}
                        if {"job", "queues"} <= self.frames.keys():
                            return
                    elif line and not line.startswith(":"):
                        name, _, value = line.partition(": ")
                        frame[name] = value
        except Exception as error:  # It is told by who waits for the thread.
            self.failure = error

    def check(self, check):
        self.join(30)
        check.seen.add("events.200")
        check.frames = self.frames
        (_, schema, examples), = check.description.contents("events", "200")
        kinds = {"job": "JobEvent", "job-deleted": "JobDeletedEvent", "queues": "QueuesEvent", "log": "LogEvent"}
        if self.failure or not {"job", "queues"} <= self.frames.keys():
            return check.fail(f"events of the kinds {list(self.frames)} came: {self.failure}")
        for frame in sum(self.frames.values(), []):
            data = json.loads(frame["data"])
            known = {"$ref": f"#/components/schemas/{kinds[frame['event']]}"}
            shown = [json.loads(example["data"]) for example in examples if example["event"] == frame["event"]]
            for fault in check.description.faults(schema, frame) + check.description.faults(known, data):
                check.fail(f"an event does not fit its schema: {fault}: {frame}")
            if not any(alike(example, data) for example in shown):
                check.fail(f"an event does not look like its example: {frame}")
        for example in examples:
            data, name = json.loads(example["data"]), kinds[example["event"]]
            for fault in check.description.faults({"$ref": f"#/components/schemas/{name}"}, data):
                check.fail(f"the example of an event does not fit its schema: {fault}")
        return None


def until(condition, what):
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.1)


def walk(url, username, password):
    """Makes every call."""
    server = Server(url)
    answer = server.send("post", "/login", {"username": username, "password": password})
    server.headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    check = Check(server, Description(server.send("get", "/openapi.json").json))
    described(check)
    examples_fit(check)
    events = Events(server)
    events.start()
    jobs(check)
    events.check(check)
    bulk_operations(check)
    schedules(check)
    dead_letters(check)
    queues(check)
    tenants(check)
    accounts(check, username)
    sessions(check, username, password)
    operations(check)
    worker = server.send("post", "/api-keys", {"name": "none", "role": "WORKER"}).json["key"]
    refusals(check, worker)
    # The last of all: the worker ends.
    check.call("drainWorker", 202, check.call("listWorkers", 200).json["workers"][0]["id"])
    for name, (_, _, operation) in check.description.operations.items():
        for status in operation["responses"]:
            # The files of the pages are there where they were fetched, and redirections are followed.
            if status not in RARE and f"{name}.{status}" not in check.seen | {"pageFile.200", "index.303", "dashboard.303"}:
                check.fail(f"{name}.{status} was never answered")
    return check


def main() -> None:
    check = walk(*sys.argv[1:])
    for text in check.wrong:
        print(text)
    print(f"{len(check.seen)} answers were looked at")
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main()
