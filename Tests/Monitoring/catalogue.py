"""The metrics of docs/metrics.md, and those that others export."""

import re
from pathlib import Path

ENDS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
# What Prometheus adds to each series of ours.
ADDED = {"job", "instance", "__name__"}
FOREIGN = re.compile(r"(up|ALERTS|scrape_\w+|k6_\w+)$")


class Catalogue:
    def __init__(self, root: Path):
        self.labels: dict[str, set[str]] = {}
        text = (root / "docs/metrics.md").read_text()
        for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\|", text, re.MULTILINE):
            known = {label.strip() for label in labels.split(",") if label.strip()} | ADDED
            for end in ENDS.get(kind, ("",)):
                self.labels[name + end] = known | ({"le"} if end == "_bucket" else set())
        for name in re.findall(r"`((?:process|telemetry)_\w+)`", text):
            self.labels.setdefault(name, set(ADDED))
        # What the rules record; None while that is not known.
        self.recorded: set[str] | None = None

    def problem(self, name: str, labels: set[str]) -> str | None:
        """What is wrong about a metric that an expression names; None if nothing is."""
        if FOREIGN.match(name):
            return None
        if ":" in name:
            return None if self.recorded is None or name in self.recorded else f"no rule records {name}"
        if name not in self.labels:
            return f"docs/metrics.md has no {name}"
        unknown = sorted(labels - self.labels[name])
        return f"{name} has no label {unknown[0]}" if unknown else None
