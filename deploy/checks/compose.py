"""Has Docker Compose read docker-compose.yml in the working directory, as it is without .env, and checks what this repository wants of it:
nothing runs as it likes, everything is limited, bounded and waited for, and what is named elsewhere is there. Prints one line for each thing
that is wrong, with the file and line where it stands.

    compose.py DOCKER_COMPOSE
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import yaml

FILE = "docker-compose.yml"
# Kafka's image writes its configuration into the image's own folders.
WRITABLE = {"kafka", "kafka-2", "kafka-3"}
OWN = re.compile(r"^queueflow/(job-service|worker|scheduler):")


class Place:
    """The lines of the file, by the path to what stands there."""

    def __init__(self, text):
        self.root = yaml.compose(text)

    def line(self, path):
        """That of the last step of the path that the file itself has; the rest may come from what it is merged with."""
        node, line = self.root, 1
        for step in path:
            pairs = node.value if isinstance(node, yaml.MappingNode) else []
            found = next(((key, value) for key, value in pairs if key.value == step), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        return line

    def names(self, member):
        """The names under a member of the file: Compose forgets those that nothing uses."""
        found = next((value for key, value in self.root.value if key.value == member), None)
        return {key.value for key, _ in found.value} if found else set()


def seconds(text):
    return sum(int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in re.findall(r"(\d+)([hms])", text or ""))


def known_settings():
    return set(re.findall(r"^\| `([A-Z_]+)` \|", pathlib.Path("docs/configuration.md").read_text(), re.MULTILINE))


def stages():
    return set(re.findall(r"^FROM \S+ AS (\S+)", pathlib.Path("deploy/Dockerfile").read_text(), re.MULTILINE))


def wrongs_of_service(name, service, services):
    """What is wrong with one service: the member that it is about, and what it is."""
    one_shot = service.get("restart") == "no"
    image = service.get("image", "")
    tag = image.rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""
    if tag in ("", "latest"):
        yield "image", f"'{image}' is not pinned to a version"
    build = service.get("build")
    if build and build.get("target") not in stages():
        yield "build", f"deploy/Dockerfile has no target '{build.get('target')}'"
    if service.get("privileged") or service.get("cap_add"):
        yield "privileged", "it has rights that nothing here needs"
    if service.get("cap_drop") != ["ALL"]:
        yield "cap_drop", "it must drop ALL capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "security_opt", "it must have no-new-privileges:true"
    if not service.get("read_only") and name not in WRITABLE:
        yield "read_only", "its own file system must be read-only"
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    for limit in ("cpus", "memory", "pids"):
        if limit not in limits:
            yield "deploy", f"it has no limit of {limit}"
    if not service.get("logging", {}).get("options", {}).get("max-size"):
        yield "logging", "its logs grow without bound"
    for port in service.get("ports", []):
        if port.get("host_ip") != "127.0.0.1":
            yield "ports", f"port {port['target']} is open to the network unless told otherwise"
    health = service.get("healthcheck")
    if not one_shot and (not health or health.get("disable")):
        yield "healthcheck", "nothing asks whether it is ready"
    for other, wait in service.get("depends_on", {}).items():
        dependency = services[other]
        if wait["condition"] == "service_healthy" and not dependency.get("healthcheck"):
            yield "depends_on", f"it waits for the health of '{other}', which has no healthcheck"
        if wait["condition"] == "service_completed_successfully" and dependency.get("restart") != "no":
            yield "depends_on", f"it waits for the end of '{other}', which is started again and again"
    for mount in service.get("volumes", []):
        if mount["type"] == "bind":
            source = pathlib.Path(mount["source"])
            if not source.exists():
                yield "volumes", f"'{os.path.relpath(source)}' is not there"
            if not mount.get("read_only"):
                yield "volumes", f"'{os.path.relpath(source)}' may be written to"
    if OWN.match(image):
        yield from wrongs_of_settings(service, one_shot)


def wrongs_of_settings(service, one_shot):
    settings = known_settings()
    environment = service.get("environment", {})
    for variable in environment:
        if variable not in settings and variable.removesuffix("_FILE") not in settings:
            yield "environment", f"{variable} is no setting of docs/configuration.md"
    secrets = ("PASSWORD", "SECRET", "TOKEN", "DATABASE_URL", "REDIS_URL")
    for variable, value in environment.items():
        if variable.endswith(secrets) and value:
            yield "environment", f"{variable} is a secret; give its file by {variable}_FILE"
    if not one_shot:
        grace, drain = seconds(service.get("stop_grace_period")), int(environment.get("DRAIN_TIMEOUT") or 0)
        if grace <= drain or grace == 0:
            yield "stop_grace_period", f"it is {grace} s; running jobs may take {drain} s (DRAIN_TIMEOUT)"


def wrongs_of_variables(text):
    """`.env.example` and the file name the same variables, with the same defaults."""
    example = {}
    for number, line in enumerate(pathlib.Path(".env.example").read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            example[name] = (number, value)
    used = {}
    for number, line in enumerate(text.splitlines(), 1):
        for name, default in re.findall(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}", line):
            used.setdefault(name, (number, default))
    for name, (number, default) in used.items():
        if name not in example:
            yield FILE, number, f"{name} is not in .env.example"
        elif example[name][1] != default:
            yield ".env.example", example[name][0], f"{name} is '{example[name][1]}', and '{default}' in {FILE}"
    for name in example.keys() - used.keys():
        yield ".env.example", example[name][0], f"{name} is not used in {FILE}"


def read(compose, *options):
    """What Docker Compose makes of the file, or what it says of it."""
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    result = subprocess.run(
        [compose, "--file", FILE, "--env-file", os.devnull, "--profile", "*", *options, "config", "--format", "json"],
        capture_output=True, text=True, env=environment, check=False)
    said = re.sub(r'time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)"', r"\1", result.stderr.strip()).replace('\\"', '"')
    said = re.sub(r"validating \S+: (\S+) false schema", r"\1 is nothing that Compose knows", said)
    return (json.loads(result.stdout) if result.returncode == 0 else None), said


def main(compose):
    text = pathlib.Path(FILE).read_text()
    try:
        place = Place(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return [f"{FILE}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}"]
    model, said = read(compose)
    if said:
        # It names what it complains of by its path, or by its name in quotes.
        found = re.search(r"\b((?:services|networks|volumes)\.[\w.-]+)", said)
        service = re.search(r'service "([\w-]+)"', said)
        path = found[1].split(".") if found else ["services", service[1]] if service else []
        line = re.search(r"line (\d+)", said)
        variable = re.search(r'"(\w+)" variable is not set', said)
        if variable:
            number = next((number for number, line in enumerate(text.splitlines(), 1) if "${" + variable[1] + "}" in line), 1)
        else:
            number = int(line[1]) if line and not path else place.line(path)
        first = said.splitlines()[0] if model else " ".join(said.split())
        return [f"{FILE}:{number}: {first}"]

    wrongs = []
    services = model["services"]
    for name, service in services.items():
        for member, what in wrongs_of_service(name, service, services):
            wrongs.append((FILE, place.line(["services", name, member]), f"{name}: {what}"))
    mounted = {mount["source"] for service in services.values() for mount in service.get("volumes", []) if mount["type"] == "volume"}
    for volume in place.names("volumes") - mounted:
        wrongs.append((FILE, place.line(["volumes", volume]), f"nothing uses the volume '{volume}'"))
    wrongs += wrongs_of_variables(text)
    for others in sorted(pathlib.Path("deploy/compose").glob("*.env")):
        _, said = read(compose, "--env-file", str(others))
        if said:
            wrongs.append((str(others), 1, " ".join(said.split())))
    return [f"{file}:{line}: {what}" for file, line, what in sorted(wrongs)]


if __name__ == "__main__":
    faults = main(sys.argv[1])
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(1 if faults else 0)
