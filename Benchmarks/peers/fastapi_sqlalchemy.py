"""FastAPI with jobs in PostgreSQL, by SQLAlchemy and asyncpg, and a list of Redis that tells of them: what many write themselves.

    uvicorn fastapi_sqlalchemy:app
    python fastapi_sqlalchemy.py work SLOTS

Without arguments it makes the table. DATABASE_URL (postgresql+asyncpg://) and REDIS_URL name the servers. The worker commits a job's state twice: running, completed.
"""

import asyncio
import datetime
import os
import sys
import uuid

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import Redis
from sqlalchemy import JSON, DateTime
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

QUEUE = "jobs"
engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=20, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
redis = Redis.from_url(os.environ["REDIS_URL"])
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    type: Mapped[str]
    queue: Mapped[str]
    payload: Mapped[dict | None] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(default="queued")
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), default=lambda: now())
    started_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class NewJob(BaseModel):
    type: str
    queue: str = "default"
    payload: dict | None = None


def now():
    return datetime.datetime.now(datetime.UTC)


@app.post("/jobs", status_code=201)
async def submit(new: NewJob):
    job = Job(type=new.type, queue=new.queue, payload=new.payload)
    async with sessions() as session:
        session.add(job)
        await session.commit()
    await redis.lpush(QUEUE, str(job.id))
    return {"id": job.id}


@app.get("/jobs/{id}")
async def read(id: uuid.UUID):
    async with sessions() as session:
        job = await session.get(Job, id)
    if job is None:
        raise HTTPException(404)
    return {"id": id, "state": job.status}


async def noop(payload):
    return None


async def run(id):
    async with sessions() as session:
        job = await session.get(Job, id)
        job.status, job.started_at = "running", now()
        await session.commit()
        await noop(job.payload)
        job.status, job.finished_at = "completed", now()
        await session.commit()


async def slot():
    while True:
        _, id = await redis.brpop(QUEUE)
        await run(uuid.UUID(id.decode()))


async def work(slots):
    await asyncio.gather(*(slot() for _ in range(slots)))


async def make_table():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


if __name__ == "__main__":
    asyncio.run(work(int(sys.argv[2])) if sys.argv[1:2] == ["work"] else make_table())
