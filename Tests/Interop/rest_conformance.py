"""Sends a running REST API the requests that schemathesis makes of its description, and checks what comes back.

    rest_conformance.py URL TOKEN

Fails on an answer of 500, a status or a type that is not described, one that does not fit its schema, a method that is answered
although it is not described, and a call that needs a token and does without.
"""

import os
import sys
import tempfile

import schemathesis
from schemathesis.cli import schemathesis as command

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,ignored_auth"
)


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
        "run", f"{url}/openapi.json", "--url", url, "--header", f"Authorization: Bearer {token}", "--checks", CHECKS,
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
