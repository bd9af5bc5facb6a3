"""Sends a running REST API the requests that schemathesis makes of its description, and checks what comes back.

    rest_conformance.py URL TOKEN

Fails on whatever it checks but one: an answer of 500, a status, a type or a header that is not described, one that does not fit its schema,
a request that does not and is taken, a method that is answered although it is not described, a call that needs a token and does without,
something that is still there after it was removed, or not there after it was made.
"""

import os
import sys
import tempfile

import schemathesis
from schemathesis.cli import schemathesis as command


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    """The description says that such a body is text."""
    return str(value).encode()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """None of their jobs is ever run: who waits for one is to be answered before the request counts as lost."""
    wait = str((case.query or {}).get("wait", ""))
    if wait.isdigit() and 1 < int(wait) <= 60:
        case.query["wait"] = 1


def main() -> None:
    url, token = sys.argv[1:]
    arguments = [
        "run", f"{url}/openapi.json", "--url", url, "--header", f"Authorization: Bearer {token}", "--checks", "all",
        # A schema cannot say all that is refused: a time that has passed, a password that is easy to guess, a queue that is not known.
        "--exclude-checks", "positive_data_acceptance",
        "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "5", "--seed", "1", "--no-shrink",
        "--generation-database", "none", "--request-timeout", "10", "--no-color",
        # The first has no end; after the second the token is worth nothing.
        "--exclude-path", "/events", "--exclude-path", "/logout",
    ]
    # What it leaves behind goes with the folder.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        command.main(arguments)


if __name__ == "__main__":
    main()
