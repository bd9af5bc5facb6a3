"""What a run was made with: said with the figures, as they mean nothing without."""

import os
import pathlib
import platform
import re
import subprocess
import sys

from servers import POSTGRES_SETTINGS, postgres_programs


def first_line(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return next(iter(done.stdout.splitlines()), "").strip()
    except OSError:
        return "not installed"


def processor():
    names = re.findall(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return names[0] if names else platform.machine()


def package(name):
    return first_line("dpkg-query", "--show", "--showformat=${Version}", name)


def python_packages():
    import importlib.metadata as metadata
    return {name: metadata.version(name) for name in ("fastapi", "uvicorn", "celery", "redis", "sqlalchemy", "asyncpg", "pgqueuer")}


def description(arguments):
    """The machine, versions and settings of a run."""
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "cores": os.cpu_count(), "processor": processor(), "memory_mib": int(memory[1]) // 1024, "kernel": platform.release(),
        "commit": first_line("git", "-C", str(pathlib.Path(__file__).parent), "rev-parse", "--short", "HEAD"),
        "binaries": str(arguments.binaries),
        "broker": f"Apache Kafka at {arguments.kafka}" if arguments.kafka else "dev-broker (in memory, no Apache Kafka)",
        "postgresql": first_line(str(postgres_programs() / "postgres"), "--version"), "postgresql_settings": POSTGRES_SETTINGS,
        "redis": first_line("redis-server", "--version")[:24], "redis_settings": "nothing on disk",
        "nginx": first_line("nginx", "-v"), "sidekiq": package("ruby-sidekiq"), "ruby": first_line("ruby", "--version")[:12],
        "python": sys.version.split()[0], "packages": python_packages(),
    }
