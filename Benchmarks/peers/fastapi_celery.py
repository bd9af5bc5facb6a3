"""FastAPI in front of Celery with Redis: a request becomes a task, whose state can be read.

    uvicorn fastapi_celery:app
    celery --app fastapi_celery:tasks worker

REDIS_URL names the server: tasks are in its database 0, results in 1. All else is as Celery has it.
"""

import os

from celery import Celery
from celery.result import AsyncResult
from fastapi import FastAPI
from pydantic import BaseModel

tasks = Celery("jobs", broker=os.environ["REDIS_URL"] + "/0", backend=os.environ["REDIS_URL"] + "/1")
app = FastAPI()


class NewJob(BaseModel):
    type: str
    queue: str = "default"
    payload: dict | None = None


@tasks.task(name="noop")
def noop(payload):
    return None


# No `async def`: publishing blocks, so FastAPI runs it on a thread.
@app.post("/jobs", status_code=201)
def submit(job: NewJob):
    return {"id": noop.delay(job.payload).id}


@app.get("/jobs/{id}")
def read(id: str):
    return {"id": id, "state": AsyncResult(id, app=tasks).state}
