"""Says in one line each what checkov found.

    policies.py REPORT PART     REPORT is checkov's, as JSON, of the folder PART
"""

import json
import pathlib
import sys


def main(report, part):
    text = pathlib.Path(report).read_text()
    if not text:
        print(f"{part}: checkov did not come to its end", file=sys.stderr)
        return 1
    found = json.loads(text)
    reports = found if isinstance(found, list) else [found]
    passed, failed = 0, []
    for one in reports:
        if "results" in one:
            passed += one["summary"]["passed"]
            failed += one["results"]["failed_checks"]
            failed += [{"file_path": path, "file_line_range": [1], "resource": "", "check_id": "", "check_name": "cannot be read"}
                       for path in one["results"].get("parsing_errors", [])]
    for check in failed:
        place = f"{part if part.startswith('deploy') else 'overlay '}{check['file_path']}:{check['file_line_range'][0]}"
        print(f"{place}: {check['resource']}: {check['check_name']} ({check['check_id']})", file=sys.stderr)
    if not passed:
        print(f"{part}: checkov found nothing to check", file=sys.stderr)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
