"""PgQueuer: jobs in PostgreSQL.

    python pgqueuer_jobs.py push COUNT
    python pgqueuer_jobs.py work BATCH

The variables of libpq (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE) name the server; `pgq install` makes the tables.
"""

import asyncio
import sys

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries


async def work(batch):
    worker = PgQueuer(AsyncpgDriver(await asyncpg.connect()))

    @worker.entrypoint("noop")
    async def noop(job):
        return None

    await worker.run(batch_size=batch)


async def push(count):
    connection = await asyncpg.connect()
    queries = Queries(AsyncpgDriver(connection))
    for first in range(0, count, 10_000):
        size = min(10_000, count - first)
        await queries.enqueue(["noop"] * size, [None] * size, [0] * size)
    await connection.close()


if __name__ == "__main__":
    asyncio.run({"push": push, "work": work}[sys.argv[1]](int(sys.argv[2])))
