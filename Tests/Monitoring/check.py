"""Checks prometheus/, grafana/ and docs/runbooks without running anything but promtool. Prints a line for each problem: file, line, what is wrong.

    check.py [--without-tests] [ROOT]
"""

import argparse
import subprocess
import sys
from pathlib import Path

from boards import check_boards
from catalogue import Catalogue
from problems import Problems
from rules import check_rules


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--without-tests", action="store_true", help="do not run promtool's tests of the rules")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    arguments = parser.parse_args()
    problems = Problems(arguments.root)
    catalogue = Catalogue(arguments.root)
    check_rules(problems, catalogue, with_tests=not arguments.without_tests)
    check_boards(problems, catalogue)
    if not problems.lines:
        # Only what is right in itself is compared with what it is made from.
        made = subprocess.run(
            [sys.executable, "-B", "grafana/boards", "--check", "grafana/dashboards"],
            cwd=arguments.root, capture_output=True, text=True,
        )
        problems.lines += (made.stdout + made.stderr).strip().splitlines()[-6:]
    for line in problems.lines:
        print(line, file=sys.stderr)
    return 1 if problems.lines else 0


if __name__ == "__main__":
    sys.exit(main())
