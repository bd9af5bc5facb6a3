"""Breaks copies of prometheus/, grafana/ and the runbooks, each in one way, and expects check.py to say so in one line with file and place.

    spoiled.py     prints a line for each way that was not found as it should, and how many ways were tried
"""

import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES, TESTS = "prometheus/rules/queues.yml", "prometheus/tests/queues.yml"
BOARD, RUNBOOK = "grafana/dashboards/queues.json", "docs/runbooks/QueueFlowNoWorkers.md"

# Which file, what of it (once), what takes its place, and what is to be said after the file's name.
WAYS = [
    (RULES, "    rules:\n", "   rules:\n", r":\d+: is no YAML: "),
    (RULES, "> 60\n", "> > 60\n", r":\d+: .*QueueFlowQueueStalled.*parse error"),
    (RULES, "        for: 2m\n", "        for: two\n", r":42: not a valid duration string"),
    (RULES, "rate(queueflow_queue_submitted_jobs_total", "rate(queueflow_queue_submited_jobs_total", r":\d+: queue:\S+: docs/metrics.md has no queueflow_queue_submited_jobs_total$"),
    (RULES, 'jobs_total{state="dead"}', 'jobs_total{status="dead"}', r":\d+: QueueFlowDeadLettersGrowing: queueflow_queue_finished_jobs_total has no label status$"),
    (RULES, "last_over_time(queue:queueflow_queue_oldest_ready_age_seconds:max[2m]) > 60", "queue:queueflow_queue_oldest_age:max > 60", r":\d+: QueueFlowQueueStalled: no rule records queue:queueflow_queue_oldest_age:max$"),
    (RULES, "record: queue:queueflow_queue_submitted_jobs:rate5m", "record: queueflow_queue_submitted_jobs_rate5m", r":\d+: queueflow_queue_submitted_jobs_rate5m: is not named level:metric:operations$"),
    (RULES, "labels: {severity: page}", "labels: {severity: urgent}", r":\d+: QueueFlowQueueStalled: its severity is none of"),
    (RULES, "          impact: None of the queue's jobs runs.\n", "", r":\d+: QueueFlowNoWorkers: has no annotation impact$"),
    (RULES, "runbook_url: docs/runbooks/QueueFlowNoWorkers.md", "runbook_url: docs/runbooks/NoWorkers.md", r":\d+: QueueFlowNoWorkers: its runbook_url is not "),
    (RULES, "/d/queueflow-workers?", "/d/queueflow-worker?", r":\d+: QueueFlowNoWorkers: no board is at /d/queueflow-worker"),
    ("prometheus/prometheus.yml", "scrape_interval: 15s", "scrape_intervall: 15s", r":4: .*field scrape_intervall not found"),
    ("grafana/provisioning/dashboards/queueflow.yml", "providers:\n", "providers:\n\t\n", r":\d+: is no YAML: "),
    (TESTS, "eval_time: 4m\n", "eval_time: 3m\n", r": .*QueueFlowQueueStalled.*time: 3m"),
    (TESTS, 'alertname="QueueFlowQueueNearlyFull"}', 'alertname="QueueFlowQueueFull"}', r":\d+: there is no alert QueueFlowQueueFull$"),
    (RUNBOOK, "## What not to do", "## Beware", r": its sections are not "),
    (RUNBOOK, "security.md#workers", "safety.md#workers", r":\d+: leads to \.\./safety\.md, which is not there$"),
    (RUNBOOK, None, None, None),
    (BOARD, '"title": "QueueFlow: queues",', '"title": "QueueFlow: queues"', r":\d+: is no JSON: "),
    (BOARD, '"uid": "queueflow-queues"', '"uid": "queues"', r":\d+: the boards' uids are to be "),
    (BOARD, '"schemaVersion": 41,', '"schemaVersion": 41,\n  "id": 7,', r":\d+: the board has an id"),
    (BOARD, '"schemaVersion": 41,', '"schemaVersion": 16,', r":\d+: schemaVersion is "),
    (BOARD, '"tags": ["queueflow"],\n  "schema', '"tags": [],\n  "schema', r":\d+: has no tag queueflow"),
    (BOARD, 'sum by (le) (increase(queueflow_job_wait_seconds_bucket[$__rate_interval]))', 'sum by (le) (increase(queueflow_job_wait_seconds_bucket[$__rate_interval])', r':\d+: "Wait": .*parse error: unclosed left parenthesis$'),
    (BOARD, "queueflow_job_wait_seconds_bucket", "queueflow_job_waits_bucket", r':\d+: "Wait": docs/metrics.md has no queueflow_job_waits_bucket$'),
    (BOARD, "queueflow_job_wait_seconds_bucket", "queueflow_job_wait_seconds", r':\d+: "Wait": docs/metrics.md has no queueflow_job_wait_seconds$'),
    (BOARD, 'queueflow_job_retries_total{type=', 'queueflow_job_retries_total{kind=', r':\d+: "Retries by type": queueflow_job_retries_total has no label kind$'),
    (BOARD, '"description": "Jobs whose time has not come."', '"description": ""', r':\d+: panel "Delayed": has no description$'),
    (BOARD, '"unit": "percentunit",', "", r':\d+: panel "[^"]+": has no unit$'),
    (BOARD, '"gridPos": {"x": 3, "y": 1, "w": 3, "h": 4}', '"gridPos": {"x": 2, "y": 1, "w": 3, "h": 4}', r':\d+: panel "Waiting": overlaps "Oldest waiting job"$'),
    (BOARD, '"gridPos": {"x": 21, "y": 1, "w": 3, "h": 4}', '"gridPos": {"x": 22, "y": 1, "w": 3, "h": 4}', r':\d+: panel "Paused": its gridPos does not fit'),
    (BOARD, '"id": 3,', '"id": 2,', r':\d+: panel "Waiting": has the id of "Oldest waiting job"$'),
    (BOARD, 'type=~\\"$type\\"', 'type=~\\"$kind\\"', r":\d+: \$kind is no variable of the board$"),
    ("grafana/dashboards/overview.json", "/d/queueflow-queues?", "/d/queueflow-queue?", r":\d+: leads to /d/queueflow-queue, which is no board$"),
    (BOARD, '"fillOpacity": 40', '"fillOpacity": 41', r": is not what grafana/boards/queues\.py makes"),
    ("docs/monitoring.md", "[QueueFlowAPISlow]", "[QueueFlowAPISluggish]", None),
]
# What is said of another file than the one that was broken.
ELSEWHERE = {
    (RUNBOOK, None): r"prometheus/rules/queues\.yml:\d+: QueueFlowNoWorkers: has no runbook ",
    ("docs/monitoring.md", "[QueueFlowAPISlow]"): r"prometheus/rules/api\.yml:\d+: QueueFlowAPISlow: docs/monitoring.md does not list it$",
}


def tried(way: tuple) -> str | None:
    """What is wrong about how a way was found; None if nothing is."""
    path, old, new, expected = way
    with tempfile.TemporaryDirectory() as folder:
        for part in ("prometheus", "grafana", "docs"):
            shutil.copytree(ROOT / part, Path(folder) / part, ignore=shutil.ignore_patterns("__pycache__"))
        file = Path(folder) / path
        if old is None:
            file.unlink()
        else:
            text = file.read_text()
            if old not in text:
                return f"{path}: there is no {old!r} to break"
            file.write_text(text.replace(old, new, 1))
        arguments = [] if path == TESTS else ["--without-tests"]
        run = subprocess.run(
            [sys.executable, "-B", Path(__file__).with_name("check.py"), *arguments, folder], capture_output=True, text=True
        )
        lines = run.stderr.strip().splitlines()
        pattern = ELSEWHERE.get((path, old)) or re.escape(path) + expected
        if run.returncode == 1 and len(lines) == 1 and re.match(pattern, lines[0]):
            return None
        return f"{path}, {old!r} -> {new!r}: expected one line like {pattern!r}, got {run.returncode}: {lines}"


def main() -> int:
    with ThreadPoolExecutor(2) as pool:
        missed = [found for found in pool.map(tried, WAYS) if found]
    for line in missed:
        print(line)
    print(f"{len(WAYS)} ways were tried")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
