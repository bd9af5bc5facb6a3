"""What a program does with QueueFlow on an ordinary day, by a client that openapi-python-client generated. mypy checks it strictly.

    typed_client_page.py URL USERNAME PASSWORD
"""

import json
import sys
from typing import TypeVar

from queueflow_client import AuthenticatedClient, Client
from queueflow_client.api.jobs import cancel_job, create_job, create_jobs, list_attempts, list_jobs, show_job
from queueflow_client.api.login import login, me
from queueflow_client.api.queues import list_queues, pause_queue, resume_queue, show_queue
from queueflow_client.api.schedules import (
    create_schedule, delete_schedule, list_schedules, preview_schedule, trigger_schedule,
)
from queueflow_client.models.credentials import Credentials
from queueflow_client.models.job import Job
from queueflow_client.models.job_event import JobEvent
from queueflow_client.models.job_page import JobPage
from queueflow_client.models.job_state import JobState
from queueflow_client.models.new_job import NewJob
from queueflow_client.models.new_retry_policy import NewRetryPolicy
from queueflow_client.models.overlap import Overlap
from queueflow_client.models.partial_job import PartialJob
from queueflow_client.models.priority import Priority
from queueflow_client.models.problem import Problem
from queueflow_client.models.retry_policy import RetryPolicy
from queueflow_client.models.retry_strategy import RetryStrategy
from queueflow_client.models.schedule_definition import ScheduleDefinition

Value = TypeVar("Value")


def good(answer: Value | Problem | None) -> Value:
    """The answer, or an end with what the problem says."""
    if answer is None or isinstance(answer, Problem):
        sys.exit(f"no good answer: {answer}")
    return answer


def sign_in(url: str, username: str, password: str) -> AuthenticatedClient:
    with Client(base_url=url) as client:
        tokens = good(login.sync(client=client, body=Credentials(username=username, password=password)))
    return AuthenticatedClient(base_url=url, token=tokens.access_token)


def jobs(client: AuthenticatedClient) -> None:
    policy = NewRetryPolicy(strategy=RetryStrategy.LINEAR, base=1.5)
    new = NewJob(type_="echo", queue="typed", payload={"n": 1}, priority=Priority.HIGH, tags=["page"], retry=policy)
    first = good(create_job.sync(client=client, body=new, idempotency_key="page"))
    again = good(create_job.sync(client=client, body=new, idempotency_key="page"))
    assert first.id == again.id and first.state in (JobState.QUEUED, JobState.RUNNING)

    ended = good(show_job.sync(first.id, client=client, wait=30))
    assert isinstance(ended, Job) and ended.state is JobState.COMPLETED and ended.result == {"n": 1}
    assert isinstance(ended.retry, RetryPolicy) and ended.retry.base == 1.5 and ended.finished_at is not None
    part = good(show_job.sync(first.id, client=client, fields="id,state"))
    assert isinstance(part, PartialJob) and part.id == first.id and part.state is JobState.COMPLETED
    assert [attempt.attempt for attempt in good(list_attempts.sync(first.id, client=client)).attempts] == [1]

    batch = good(create_jobs.sync(client=client, body=[NewJob(type_="noop", queue="typed", delay=3600) for _ in range(3)]))
    assert batch.count == len(batch.ids) == 3
    cancelled = good(cancel_job.sync(batch.ids[0], client=client))
    assert cancelled.state is JobState.CANCELLED

    page = good(list_jobs.sync(client=client, state=JobState.SCHEDULED, queue="typed", limit=1))
    assert isinstance(page, JobPage) and len(page.jobs) == 1 and page.next_cursor is not None
    rest = good(list_jobs.sync(client=client, state=JobState.SCHEDULED, queue="typed", cursor=page.next_cursor))
    assert isinstance(rest, JobPage) and {job.id for job in page.jobs + rest.jobs} == set(batch.ids[1:])
    refused = create_job.sync(client=client, body=NewJob(type_="no name"))
    assert isinstance(refused, Problem) and refused.status == 422
    assert isinstance(refused.errors, list) and refused.errors[0].field == "type"


def schedules(client: AuthenticatedClient) -> None:
    definition = ScheduleDefinition(name="page", cron="0 2 * * *", timezone="Etc/GMT+5", type_="noop", overlap=Overlap.SKIP)
    schedule = good(create_schedule.sync(client=client, body=definition))
    assert schedule.next_at is not None and schedule.next_at.hour == 7
    preview = good(preview_schedule.sync(client=client, cron="TZ=Etc/GMT+5 0 2 * * *", count=2))
    assert preview.next_[0] == schedule.next_at and len(preview.next_) == 2
    assert schedule.id in {one.id for one in good(list_schedules.sync(client=client)).schedules}
    first = good(trigger_schedule.sync(schedule.id, client=client, idempotency_key="trigger"))
    assert good(trigger_schedule.sync(schedule.id, client=client, idempotency_key="trigger")).id == first.id
    assert delete_schedule.sync_detailed(schedule.id, client=client).status_code == 204


def queues(client: AuthenticatedClient) -> None:
    assert good(pause_queue.sync("typed", client=client)).paused
    assert not good(resume_queue.sync("typed", client=client)).paused
    queue = good(show_queue.sync("typed", client=client))
    assert queue.depth.scheduled == 2 and queue.totals.cancelled == 1
    assert "typed" in {one.name for one in good(list_queues.sync(client=client)).queues}
    nope = pause_queue.sync("nope", client=client)
    assert isinstance(nope, Problem) and nope.status == 404


def events(client: AuthenticatedClient) -> None:
    with client.get_httpx_client().stream("GET", "/events", timeout=30) as stream:
        job = good(create_job.sync(client=client, body=NewJob(type_="noop", queue="heard")))
        kind = ""
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            kind = value if name == "event" else kind
            if name == "data" and kind == "job":
                event = JobEvent.from_dict(json.loads(value))
                if event.id == job.id and event.state is JobState.COMPLETED:
                    return
    sys.exit("the stream ended before the job did")


def main() -> None:
    client = sign_in(*sys.argv[1:])
    assert good(me.sync(client=client)).tenant == "default"
    jobs(client)
    schedules(client)
    queues(client)
    events(client)
    print("the page ran to its end")


if __name__ == "__main__":
    main()
