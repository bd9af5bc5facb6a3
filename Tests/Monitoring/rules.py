"""Checks of prometheus/ and docs/runbooks."""

import re
import subprocess
from pathlib import Path

from boards import UIDS
from catalogue import Catalogue
from problems import Problems
from promql import metrics

ANNOTATIONS = ["summary", "impact", "steps", "runbook_url", "dashboard_url"]
SEVERITIES = {"page", "ticket", "none"}
SECTIONS = ["What users feel", "How to see it", "What to do", "What not to do"]


def promtool(root: Path, *arguments: str) -> tuple[int, str]:
    run = subprocess.run(["promtool", *arguments], cwd=root, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def rules_of(content) -> list[dict]:
    groups = (content or {}).get("groups") or []
    return [rule for group in groups for rule in (group.get("rules") or [])]


def check_rules(problems: Problems, catalogue: Catalogue, with_tests: bool) -> None:
    root, before = problems.root, len(problems.lines)
    files = sorted(root.glob("prometheus/rules/*.yml"))
    contents = {path: problems.yaml(path) for path in files}
    others = [*root.glob("prometheus/*.yml"), *root.glob("grafana/provisioning/*/*.yml")]
    for path in others:
        problems.yaml(path)
    if len(problems.lines) > before:
        return
    for path in files:
        status, output = promtool(root, "check", "rules", str(path.relative_to(root)))
        if status:
            for file, line, what in problems.promtool(output) or [(str(path), None, output.strip())]:
                quoted = re.search(r'"(.+?)"', what)
                problems.add(root / file, what, line or (quoted and quoted[1]))
    for path in sorted(root.glob("prometheus/*.yml")):
        status, output = promtool(root, "check", "config", "--syntax-only", str(path.relative_to(root)))
        if status:
            line = re.search(r"line (\d+): ", output)
            problems.add(path, " ".join(output.split("FAILED:")[-1].split()), int(line[1]) if line else None)
    if len(problems.lines) > before:
        return

    catalogue.recorded = {rule["record"] for path in files for rule in rules_of(contents[path]) if "record" in rule}
    alerts = {}
    for path in files:
        for rule in rules_of(contents[path]):
            name = rule.get("record") or rule["alert"]
            near = ("record: " if "record" in rule else "alert: ") + name
            for metric, labels in metrics(rule["expr"]).items():
                if problem := catalogue.problem(metric, labels):
                    problems.add(path, f"{name}: {problem}", near)
            if "record" in rule:
                if not re.fullmatch(r"\w+:\w+:\w+", name):
                    problems.add(path, f"{name}: is not named level:metric:operations", near)
                continue
            if name in alerts:
                problems.add(path, f"{name}: there are two alerts of this name", near)
            alerts[name] = path
            check_alert(problems, path, name, near, rule)
    check_runbooks(problems, alerts)
    check_tests(problems, alerts, with_tests)


def check_alert(problems: Problems, path: Path, name: str, near: str, rule: dict) -> None:
    if (rule.get("labels") or {}).get("severity") not in SEVERITIES:
        problems.add(path, f"{name}: its severity is none of {', '.join(sorted(SEVERITIES))}", near)
    annotations = rule.get("annotations") or {}
    for annotation in ANNOTATIONS:
        if not annotations.get(annotation):
            problems.add(path, f"{name}: has no annotation {annotation}", near)
            return
    if annotations["runbook_url"] != f"docs/runbooks/{name}.md":
        problems.add(path, f"{name}: its runbook_url is not docs/runbooks/{name}.md", near)
    uid = re.match(r"/d/([\w-]+)", annotations["dashboard_url"])
    if not uid or uid[1] not in UIDS:
        problems.add(path, f"{name}: no board is at {annotations['dashboard_url']}", near)


def check_runbooks(problems: Problems, alerts: dict[str, Path]) -> None:
    folder = problems.root / "docs/runbooks"
    for name, path in alerts.items():
        page = folder / f"{name}.md"
        if not page.is_file():
            problems.add(path, f"{name}: has no runbook docs/runbooks/{name}.md", f"alert: {name}")
            continue
        text = page.read_text()
        parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
        if parts[1::2] != SECTIONS:
            problems.add(page, f"its sections are not {', '.join(SECTIONS)}")
        elif empty := [section for section, body in zip(parts[1::2], parts[2::2]) if len(body.strip()) < 20]:
            problems.add(page, f"nothing is said under {empty[0]}", f"## {empty[0]}")
        if not text.startswith(f"# {name}\n"):
            problems.add(page, f"its heading is not {name}", 1)
    for page in folder.glob("*.md"):
        if page.stem != "README" and page.stem not in alerts:
            problems.add(page, "there is no such alert")
        for target in re.findall(r"\]\(([^)#]+\.md)", page.read_text()):
            if not (folder / target).resolve().is_file():
                problems.add(page, f"leads to {target}, which is not there", target)
    listed = (problems.root / "docs/monitoring.md").read_text()
    for name, path in alerts.items():
        if f"[{name}]" not in listed:
            problems.add(path, f"{name}: docs/monitoring.md does not list it", f"alert: {name}")


def check_tests(problems: Problems, alerts: dict[str, Path], with_tests: bool) -> None:
    """Each alert is expected to fire in one test, and in one where there is something that might make it fire it is not."""
    fires, silent = set(), set()
    files = sorted(problems.root.glob("prometheus/tests/*.yml"))
    for path in files:
        for test in (problems.yaml(path) or {}).get("tests") or []:
            for case in test.get("promql_expr_test") or []:
                samples = case.get("exp_samples") or []
                named = re.findall(r'alertname="(\w+)"', case["expr"] + "".join(sample["labels"] for sample in samples))
                if samples:
                    fires |= set(named)
                elif test.get("input_series"):
                    silent |= set(named)
                for name in named:
                    if name not in alerts:
                        problems.add(path, f"there is no alert {name}", name)
    # The watchdog is never silent.
    for name, path in alerts.items():
        if name not in fires:
            problems.add(path, f"{name}: no test in prometheus/tests expects it to fire", f"alert: {name}")
        elif name not in silent and name != "QueueFlowWatchdog":
            problems.add(path, f"{name}: no test in prometheus/tests expects it not to fire", f"alert: {name}")
    if problems.lines or not with_tests:
        return
    for path in files:
        status, output = promtool(problems.root, "test", "rules", str(path.relative_to(problems.root)))
        if status:
            problems.add(path, " ".join(output.split("FAILED:")[-1].split())[:600])
