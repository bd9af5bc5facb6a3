"""Writes grafana/dashboards/*.json from the boards beside this file; with --check it only says which of them are not up to date.

    python3 grafana/boards [--check] [FOLDER]
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

BOARDS = ["overview", "queues", "workers", "api", "kafka_postgres", "load_test"]
WIDTH = 140


def text(value, indent: str = "", room: int = WIDTH) -> str:
    """JSON that keeps in one line what fits there, so that a change to a panel changes few lines."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= room - len(indent) or not isinstance(value, (dict, list)) or not value:
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(name)}: " + text(item, inner, room - len(name) - 4) for name, item in value.items()]
        opening, closing = "{", "}"
    else:
        items = [text(item, inner, room) for item in value]
        opening, closing = "[", "]"
    return opening + "\n" + ",\n".join(inner + item for item in items) + "\n" + indent + closing


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent / "dashboards")
    arguments = parser.parse_args()
    status = 0
    for name in BOARDS:
        path = arguments.folder / (name.replace("_", "-") + ".json")
        content = text(importlib.import_module(name).BOARD) + "\n"
        if arguments.check:
            if not path.is_file() or path.read_text() != content:
                print(f"{path}: is not what grafana/boards/{name}.py makes; change that file and run `make dashboards`", file=sys.stderr)
                status = 1
        else:
            path.write_text(content)
    return status


if __name__ == "__main__":
    sys.exit(main())
