"""Generates a typed client from the description of a running REST API, checks a page of ordinary use by types, and runs it.

    typed_client.py URL USERNAME PASSWORD
"""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

TOOLS = Path(sys.executable).parent
PAGE = Path(__file__).with_name("typed_client_page.py")
# Nothing is run over the generated code afterwards, which nobody reads.
CONFIGURATION = "package_name_override: queueflow_client\npost_hooks: []\n"
# The client submits batches as JSON arrays; it cannot write lines of JSON.
UNSUPPORTED = "Unsupported content type application/x-ndjson"


def run(*command, folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": folder})
    if done.returncode:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


def main() -> None:
    url, username, password = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "openapi.json")
        with urllib.request.urlopen(f"{url}/openapi.json") as answer:
            document.write_bytes(answer.read())
        Path(folder, "config.yaml").write_text(CONFIGURATION)
        told = run(
            str(TOOLS / "openapi-python-client"), "generate", "--path", str(document), "--config", "config.yaml",
            "--meta", "none", "--output-path", str(Path(folder, "queueflow_client")), folder=folder,
        )
        if told.count("WARNING") != told.count(UNSUPPORTED) or "ERROR" in told:
            sys.exit(f"the client is not whole:\n{told}")
        shutil.copy(PAGE, folder)
        run(str(TOOLS / "mypy"), "--strict", "--no-incremental", "queueflow_client", PAGE.name, folder=folder)
        print(run(sys.executable, PAGE.name, url, username, password, folder=folder))


if __name__ == "__main__":
    main()
