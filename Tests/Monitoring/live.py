"""Asks a Prometheus each expression of the boards and the rules, again and again until each has had data, or the time is up.

    live.py URL SECONDS     prints a line for each that had none: board or file, panel or rule, expression
"""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml
from boards import targets
from promql import metrics, substitute

ROOT = Path(__file__).resolve().parents[2]
# Statuses, types and windows of days may have no series yet where an alert looks for them.
INTERVAL = "20s"


def ask(url: str, expression: str) -> list:
    body = urllib.parse.urlencode({"query": expression}).encode()
    try:
        with urllib.request.urlopen(f"{url}/api/v1/query", body, timeout=10) as answer:
            return json.load(answer)["data"]["result"]
    except urllib.error.HTTPError as error:
        sys.exit(f"Prometheus refuses {expression}: {error.read().decode()}")


def has_data(result: list) -> bool:
    return any(value != "NaN" for series in result for value in [series["value"][1]])


def expressions() -> list[tuple[str, str, bool]]:
    """Where each expression stands, the expression, and whether it may well be empty, so that only its metrics must be there."""
    found = []
    for path in sorted(ROOT.glob("grafana/dashboards/*.json")):
        board = json.loads(path.read_text())
        found += [(f'{path.name}, panel "{title}"', substitute(expression, INTERVAL), False) for title, expression in targets(board)]
        found += [(f"{path.name}, annotation {item['name']}", substitute(item["expr"], INTERVAL), True) for item in board["annotations"]["list"]]
    for path in sorted(ROOT.glob("prometheus/rules/*.yml")):
        for rule in (rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]):
            found.append((f"{path.name}, {rule.get('record') or rule['alert']}", rule["expr"], "alert" in rule))
    return found


def main() -> int:
    url, seconds = sys.argv[1], float(sys.argv[2])
    deadline = time.monotonic() + seconds
    asked = []
    for place, expression, may_be_empty in expressions():
        if may_be_empty:
            ask(url, expression)
            asked += [(place, name) for name in metrics(expression)]
        else:
            asked.append((place, expression))
    count = len(asked)
    while True:
        asked = [(place, expression) for place, expression in asked if not has_data(ask(url, expression))]
        if not asked or time.monotonic() > deadline:
            break
        time.sleep(1)
    for place, expression in asked:
        print(f"no data: {place}: {expression}")
    print(f"{count} expressions were asked")
    return 1 if asked else 0


if __name__ == "__main__":
    sys.exit(main())
