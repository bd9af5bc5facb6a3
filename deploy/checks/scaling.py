"""Asks promtool what KEDA would be answered: by what waits, runs and is dead in two queues of which one is paused, by queues at rest, and when no scheduler
tells the figures. Prints one line for each answer that is another one.

    scaling.py SCALED_OBJECT
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

# Two schedulers that tell the same while one takes over from the other.
FIGURES = [
    ('queueflow_queues{instance="%s"}', 2),
    ('queueflow_queue_oldest_ready_age_seconds{tenant="a",queue="busy",instance="%s"}', 25),
    ('queueflow_queue_oldest_ready_age_seconds{tenant="a",queue="paused",instance="%s"}', 900),
    ('queueflow_queue_paused{tenant="a",queue="busy",instance="%s"}', 0),
    ('queueflow_queue_paused{tenant="a",queue="paused",instance="%s"}', 1),
    ('queueflow_queue_jobs{tenant="a",queue="busy",state="queued",instance="%s"}', 640),
    ('queueflow_queue_jobs{tenant="a",queue="busy",state="running",instance="%s"}', 60),
    ('queueflow_queue_jobs{tenant="a",queue="busy",state="dead",instance="%s"}', 9000),
    ('queueflow_queue_jobs{tenant="a",queue="paused",state="queued",instance="%s"}', 5000),
]
# What there is, and what the age and the number are then; nothing is no answer, which KEDA takes for a failure.
CASES = [(FIGURES, [25, 700]), (FIGURES[:1], [0, 0]), ([], [None, None])]


def case(figures, queries, answers):
    return {
        "interval": "1m",
        "input_series": [{"series": name % instance, "values": f"{value}+0x10"} for name, value in figures for instance in "12"],
        "promql_expr_test": [
            {"expr": query, "eval_time": "5m", "exp_samples": [] if answer is None else [{"labels": "{}", "value": answer}]}
            for query, answer in zip(queries, answers)
        ],
    }


def main(path):
    triggers = yaml.safe_load(pathlib.Path(path).read_text())["spec"]["triggers"]
    queries = [trigger["metadata"]["query"] for trigger in triggers]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"tests": [case(figures, queries, answers) for figures, answers in CASES]}, file)
        file.flush()
        result = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True)
    if result.returncode == 0:
        return 0
    output = result.stdout + result.stderr
    for query, answer in re.findall(r'expr: (".*"), time.*\n((?:.*\n?){2})', output) or [("", output)]:
        print(f"{path}:1: {query}: {' '.join(answer.split())}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
