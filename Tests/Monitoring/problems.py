"""The problems that were found, each with its place."""

import re
from pathlib import Path

import yaml


class Problems:
    def __init__(self, root: Path):
        self.root = root
        self.lines: list[str] = []

    def add(self, path: Path, what: str, near: str | int | None = None) -> None:
        """Notes a problem. `near` is the number of its line, or a text that stands there."""
        place = str(path.relative_to(self.root))
        if isinstance(near, str):
            near = next((number for number, line in enumerate(path.read_text().splitlines(), 1) if near in line), None)
        self.lines.append(f"{place}:{near}: {what}" if near else f"{place}: {what}")

    def yaml(self, path: Path):
        """The content of a YAML file; None, and a problem, if it is none."""
        try:
            return yaml.safe_load(path.read_text())
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.add(path, f"is no YAML: {getattr(error, 'problem', None) or error}", mark.line + 1 if mark else None)
            return None

    def promtool(self, output: str) -> list[tuple[str, int | None, str]]:
        """What promtool complains of: file, line, words."""
        found = []
        for line in output.splitlines():
            match = re.match(r"\s*(?:FAILED: )?(?:error parsing )?([^\s:]+\.ya?ml): (?:(\d+):\d+: )?(.*)", line)
            if match:
                found.append((match[1], int(match[2]) if match[2] else None, match[3]))
        return found
