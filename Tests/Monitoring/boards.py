"""Checks of grafana/dashboards."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import yaml
from catalogue import Catalogue
from problems import Problems
from promql import metrics, substitute

UIDS = ["queueflow-api", "queueflow-kafka-postgres", "queueflow-load-test", "queueflow-overview", "queueflow-queues", "queueflow-workers"]
BUILT_IN = {"__all", "__rate_interval", "__range", "__data", "__url_time_range"}


def load(problems: Problems) -> dict[Path, dict]:
    boards = {}
    for path in sorted(problems.root.glob("grafana/dashboards/*.json")):
        try:
            boards[path] = json.loads(path.read_text())
        except json.JSONDecodeError as error:
            problems.add(path, f"is no JSON: {error.msg}", error.lineno)
    return boards


def targets(board: dict) -> list[tuple[str, str]]:
    """Every expression of a board, with the title of its panel."""
    return [(panel.get("title", "?"), target.get("expr", "")) for panel in board["panels"] for target in panel.get("targets", [])]


def check_boards(problems: Problems, catalogue: Catalogue) -> None:
    before = len(problems.lines)
    boards = load(problems)
    if len(problems.lines) > before:
        return
    uids = [board.get("uid") for board in boards.values()]
    if sorted(map(str, uids)) != UIDS:
        missing = [path for path, board in boards.items() if board.get("uid") not in UIDS or uids.count(board["uid"]) > 1]
        for path in missing or [problems.root / "grafana/dashboards"]:
            problems.add(path, f"the boards' uids are to be {', '.join(UIDS)}", '"uid"')
        return
    for path, board in boards.items():
        check_board(problems, path, board)
    if len(problems.lines) == before:
        check_expressions(problems, catalogue, boards)


def check_board(problems: Problems, path: Path, board: dict) -> None:
    def bad(what: str, near: str | None = None) -> None:
        problems.add(path, what, near)

    if board.get("id") is not None:
        bad("the board has an id, which is another one in each Grafana", '"id"')
    if not isinstance(board.get("schemaVersion"), int) or board["schemaVersion"] < 39:
        bad("schemaVersion is none of Grafana 11 or later", '"schemaVersion"')
    if "queueflow" not in board.get("tags", []):
        bad("has no tag queueflow, by which the boards find each other", '"tags"')
    if not any(link.get("type") == "dashboards" and link.get("tags") == ["queueflow"] for link in board.get("links", [])):
        bad("has no links to the other boards", '"links"')
    variables = {variable["name"] for variable in board.get("templating", {}).get("list", [])}
    if "datasource" not in variables:
        bad("has no variable datasource", '"templating"')
    seen: dict[int, str] = {}
    taken: dict[tuple[int, int], str] = {}
    for panel in board.get("panels", []):
        title = panel.get("title") or "?"
        near = f'"title": {json.dumps(title, ensure_ascii=False)}'
        if panel.get("id") in seen:
            bad(f'panel "{title}": has the id of "{seen[panel["id"]]}"', near)
        seen[panel.get("id")] = title
        place = panel.get("gridPos") or {}
        if {"x", "y", "w", "h"} - place.keys() or place["x"] + place["w"] > 24:
            bad(f'panel "{title}": its gridPos does not fit into 24 columns', near)
            continue
        overlap = None
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
            overlap = taken.setdefault(cell, title) if taken.get(cell, title) != title else overlap
            taken.setdefault(cell, title)
        if overlap:
            bad(f'panel "{title}": overlaps "{overlap}"', near)
        if panel.get("type") == "row":
            continue
        if not panel.get("description"):
            bad(f'panel "{title}": has no description', near)
        if not (panel.get("fieldConfig") or {}).get("defaults", {}).get("unit"):
            bad(f'panel "{title}": has no unit', near)
        if not panel.get("targets"):
            bad(f'panel "{title}": asks nothing', near)
        for item in [panel, *panel.get("targets", [])]:
            if (item.get("datasource") or {}).get("uid") != "${datasource}":
                bad(f'panel "{title}": its data source is not ${{datasource}}', near)
                break
    text = json.dumps(board)
    for name in sorted(set(re.findall(r"\$\{?([a-zA-Z_]\w*)", text)) - variables - BUILT_IN):
        bad(f"${name} is no variable of the board", f"${name}")
    for uid in sorted(set(re.findall(r"/d/([\w-]+)", text)) - set(UIDS)):
        bad(f"leads to /d/{uid}, which is no board", f"/d/{uid}")


def check_expressions(problems: Problems, catalogue: Catalogue, boards: dict[Path, dict]) -> None:
    """promtool reads rules, so each expression is made one."""
    places = []
    for path, board in boards.items():
        found = targets(board)
        found += [(f"annotation {item['name']}", item["expr"]) for item in board["annotations"]["list"]]
        for variable in board["templating"]["list"]:
            if values := re.fullmatch(r"label_values\((.+), *(\w+)\)", variable.get("definition", "")):
                found.append((f"variable {variable['name']}", values[1]))
        places += [(path, title, expression) for title, expression in found]
    wrong = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "boards.yml"
        rules = [{"record": f"board:expression:{index}", "expr": substitute(expression, "1m") or "empty("}
                 for index, (_, _, expression) in enumerate(places)]
        file.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": rules}]}, width=100_000))
        run = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True)
        for index, what in re.findall(r'"board:expression:(\d+)": could not parse expression: (.*)', run.stdout + run.stderr):
            wrong[int(index)] = what
        if run.returncode and not wrong:
            problems.add(places[0][0], " ".join((run.stdout + run.stderr).split()))
    for index, (path, title, expression) in enumerate(places):
        near = json.dumps(expression, ensure_ascii=False)[1:-1]
        if index in wrong:
            problems.add(path, f'"{title}": {wrong[index]}', near)
            continue
        for metric, labels in metrics(expression).items():
            if problem := catalogue.problem(metric, labels):
                problems.add(path, f'"{title}": {problem}', near)
