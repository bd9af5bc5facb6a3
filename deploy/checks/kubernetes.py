"""Renders every overlay of deploy/k8s by kubectl, and checks what comes out: against Kubernetes' own schemas, strictly, and against what
QueueFlow's processes need. Prints one line for each thing that is wrong, with the file and line where it stands.

    kubernetes.py KUBECTL FOLDER RENDERED     writes each overlay as it is applied into the folder RENDERED
"""

import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The oldest and the newest version that the manifests are for.
VERSIONS = ["1.33", "1.37"]


class Sources:
    """The files that the resources come from, so that what is wrong with one is told by its place."""

    def __init__(self, folder):
        self.files, self.nodes, self.broken = [], {}, []
        for path in sorted(folder.rglob("*.yaml")):
            try:
                documents = list(yaml.compose_all(path.read_text()))
            except yaml.YAMLError as error:
                mark = getattr(error, "problem_mark", None)
                self.broken.append(f"{shown(path)}:{mark.line + 1 if mark else 1}: {error.problem}")
                continue
            for node in documents:
                kind, name = (self.text(node, *path) for path in (["kind"], ["metadata", "name"]))
                if kind and name:
                    self.nodes[kind, name] = (path, node)

    def text(self, node, *path):
        for step in path:
            node = self.child(node, step)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    @staticmethod
    def child(node, step):
        if isinstance(node, yaml.MappingNode):
            return next((value for key, value in node.value if key.value == step), None)
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            return node.value[step]
        return None

    def place(self, resource, path):
        """The file and line of a part of a resource, as near as the source has it."""
        kind, name = resource["kind"], resource["metadata"]["name"]
        for known in (name, re.sub(r"-[a-z0-9]{10}$", "", name)):
            if (kind, known) in self.nodes:
                file, node = self.nodes[kind, known]
                for step in path:
                    deeper = self.child(node, step)
                    if deeper is None:
                        break
                    node = deeper
                return f"{shown(file)}:{node.start_mark.line + 1}"
        return None


def shown(path):
    path = pathlib.Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


class Overlay:
    """One overlay as it is applied."""

    def __init__(self, folder, resources, sources, schemas):
        self.name, self.resources, self.sources, self.schemas = folder.name, resources, sources, schemas
        self.file = shown(folder / "kustomization.yaml")
        self.problems = []

    def report(self, resource, path, message):
        place = self.sources.place(resource, path) or self.file
        dotted = ".".join(str(step) for step in path)
        of = f"{resource['kind']} {resource['metadata']['name']}"
        self.problems.append(f"{place}: {of}: {dotted + ': ' if dotted else ''}{message}")

    def of(self, *kinds):
        return [resource for resource in self.resources if resource["kind"] in kinds]

    def named(self, kind, name):
        return next((resource for resource in self.of(kind) if resource["metadata"]["name"] == name), None)

    def pods(self):
        """Each resource that makes pods, with its template."""
        return [(resource, resource["spec"]["template"]) for resource in self.of("Deployment", "Job", "StatefulSet")]

    # MARK: Checks

    def check(self):
        for resource in self.resources:
            self.fits_its_schema(resource)
        if self.problems:
            return
        for resource, template in self.pods():
            self.is_restricted(resource, template["spec"])
            self.settings_are_known(resource, template["spec"])
            self.references_exist(resource, template["spec"])
        for deployment in self.of("Deployment"):
            self.is_available(deployment)
        self.selectors_match()
        self.scalers_own_the_number()
        self.queries_ask_for_metrics_that_there_are()

    def fits_its_schema(self, resource):
        own = self.schemas.get(resource["kind"])
        if own:
            for error in jsonschema.Draft202012Validator(own).iter_errors(resource):
                self.report(resource, list(error.absolute_path), error.message)
            return
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(resource, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                return self.report(resource, list(error.absolute_path), f"{error.message} (Kubernetes {version})")
            except kubernetes_validate.SchemaNotFoundError as error:
                return self.report(resource, ["kind"], error.message)

    def is_restricted(self, resource, pod):
        at = ["spec", "template", "spec"]
        wanted = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        for key, value in wanted.items():
            if pod.get("securityContext", {}).get(key) != value:
                self.report(resource, [*at, "securityContext"], f"{key} has to be {json.dumps(value)}")
        if pod.get("automountServiceAccountToken") is not False:
            self.report(resource, at, "automountServiceAccountToken has to be false, as no process asks the cluster anything")
        for number, container in enumerate(pod["containers"]):
            here = [*at, "containers", number]
            wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
            for key, value in wanted.items():
                if container.get("securityContext", {}).get(key) != value:
                    self.report(resource, [*here, "securityContext"], f"{key} has to be {json.dumps(value)}")
            resources = container.get("resources", {})
            for part, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
                if name not in resources.get(part, {}):
                    self.report(resource, [*here, "resources"], f"{part}.{name} is not set")
            if not re.search(r":(?!latest$)[^/:]+$", container["image"]):
                self.report(resource, [*here, "image"], f"{container['image']} names no version")

    def settings_are_known(self, resource, pod):
        known = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/configuration.md").read_text(), re.M))
        at = ["spec", "template", "spec", "containers"]
        for number, container in enumerate(pod["containers"]):
            for place, variable in enumerate(container.get("env", [])):
                name = variable["name"]
                if name not in known and name.removesuffix("_FILE") not in known:
                    self.report(resource, [*at, number, "env", place], f"{name} is no setting of docs/configuration.md")
        for config in self.of("ConfigMap"):
            for name in config.get("data", {}):
                if name not in known:
                    self.report(config, [], f"{name} is no setting of docs/configuration.md")

    def references_exist(self, resource, pod):
        at = ["spec", "template", "spec"]
        account = pod.get("serviceAccountName")
        if not self.named("ServiceAccount", account):
            self.report(resource, [*at, "serviceAccountName"], f"there is no ServiceAccount {account}")
        mounted = {volume["name"] for volume in pod.get("volumes", [])}
        for number, container in enumerate(pod["containers"]):
            here = [*at, "containers", number]
            for place, source in enumerate(container.get("envFrom", [])):
                name = source.get("configMapRef", {}).get("name")
                if name and not self.named("ConfigMap", name):
                    self.report(resource, [*here, "envFrom", place], f"there is no ConfigMap {name}")
            for place, mount in enumerate(container.get("volumeMounts", [])):
                if mount["name"] not in mounted:
                    self.report(resource, [*here, "volumeMounts", place], f"there is no volume {mount['name']}")
            files = {
                f"/run/secrets/queueflow/{item['path']}"
                for volume in pod.get("volumes", [])
                for item in volume.get("secret", {}).get("items", [])
            }
            for place, variable in enumerate(container.get("env", [])):
                if variable["name"].endswith("_FILE") and variable["value"] not in files:
                    self.report(resource, [*here, "env", place], f"no secret is mounted at {variable['value']}")

    def is_available(self, deployment):
        spec = deployment["spec"]["template"]["spec"]
        at = ["spec", "template", "spec"]
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        container = spec["containers"][0]
        here = [*at, "containers", 0]
        for probe, path in (("startupProbe", "/readyz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            asked = container.get(probe, {}).get("httpGet", {})
            if asked.get("path") != path:
                self.report(deployment, [*here, probe], f"has to ask for {path}: liveness is a process's own progress only")
            elif asked["port"] not in {port["name"] for port in container["ports"]}:
                self.report(deployment, [*here, probe], f"there is no port {asked['port']}")
        if not spec.get("topologySpreadConstraints"):
            self.report(deployment, at, "topologySpreadConstraints is not set")
        if deployment["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            self.report(deployment, ["spec", "strategy"], "rollingUpdate.maxUnavailable has to be 0")
        if not any(matches(budget["spec"]["selector"], labels) for budget in self.of("PodDisruptionBudget")):
            self.report(deployment, [], "no PodDisruptionBudget is for its pods")
        environment = {variable["name"]: variable.get("value") for variable in container.get("env", [])}
        drain = int(environment.get("DRAIN_TIMEOUT", 30)) if deployment["metadata"]["name"] == "worker" else 10
        before = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if spec["terminationGracePeriodSeconds"] < drain + before + 10:
            self.report(
                deployment, [*at, "terminationGracePeriodSeconds"],
                f"has to be {drain + before + 10} at least: {before} s before the signal, {drain} s to drain, 10 s to close")

    def selectors_match(self):
        labels = [template["metadata"]["labels"] for _, template in self.pods()]
        services = {service["metadata"]["name"]: service for service in self.of("Service")}
        for resource in self.of("PodDisruptionBudget", "PodMonitor"):
            if not any(matches(resource["spec"]["selector"], of) for of in labels):
                self.report(resource, ["spec", "selector"], "matches no pod")
        for policy in self.of("NetworkPolicy"):
            selectors = [(["spec", "podSelector"], policy["spec"]["podSelector"])]
            for direction, peers in (("ingress", "from"), ("egress", "to")):
                for number, rule in enumerate(policy["spec"].get(direction, [])):
                    for place, peer in enumerate(rule.get(peers, [])):
                        if "podSelector" in peer and "namespaceSelector" not in peer:
                            selectors.append((["spec", direction, number, peers, place], peer["podSelector"]))
            for path, selector in selectors:
                if not any(matches(selector, of) for of in labels):
                    self.report(policy, path, "matches no pod")
        for service in services.values():
            pods = [
                template for _, template in self.pods()
                if matches({"matchLabels": service["spec"]["selector"]}, template["metadata"]["labels"])
            ]
            if not pods:
                self.report(service, ["spec", "selector"], "matches no pod")
            ports = {port["name"] for pod in pods for port in pod["spec"]["containers"][0].get("ports", [])}
            for number, port in enumerate(service["spec"]["ports"]):
                if port["targetPort"] not in ports:
                    self.report(service, ["spec", "ports", number], f"no pod has a port {port['targetPort']}")
        for monitor in self.of("ServiceMonitor"):
            found = [
                service for service in services.values()
                if matches(monitor["spec"]["selector"], service["metadata"].get("labels", {}))
            ]
            if not found:
                self.report(monitor, ["spec", "selector"], "matches no service")
            for number, endpoint in enumerate(monitor["spec"]["endpoints"]):
                for service in found:
                    if endpoint["port"] not in {port["name"] for port in service["spec"]["ports"]}:
                        self.report(
                            monitor, ["spec", "endpoints", number],
                            f"service {service['metadata']['name']} has no port {endpoint['port']}")
        for ingress in self.of("Ingress"):
            for rule in ingress["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    backend = path["backend"]["service"]
                    service = services.get(backend["name"])
                    if not service or backend["port"]["name"] not in {port["name"] for port in service["spec"]["ports"]}:
                        self.report(ingress, ["spec", "rules"], f"there is no service {backend['name']} with that port")

    def scalers_own_the_number(self):
        for scaler in self.of("HorizontalPodAutoscaler", "ScaledObject"):
            target = scaler["spec"]["scaleTargetRef"]
            deployment = self.named(target["kind"], target["name"])
            if not deployment:
                self.report(scaler, ["spec", "scaleTargetRef"], f"there is no {target['kind']} {target['name']}")
            elif "replicas" in deployment["spec"]:
                self.report(deployment, ["spec", "replicas"], f"is the affair of its {scaler['kind']}; each apply would undo that")
            least, most = (
                scaler["spec"].get(f"{end}Replica{'Count' if scaler['kind'] == 'ScaledObject' else 's'}") for end in ("min", "max"))
            if least is None or most is None or least > most:
                self.report(scaler, ["spec"], f"has {least} replicas at least and {most} at most")

    def queries_ask_for_metrics_that_there_are(self):
        known = set(re.findall(r"^\| `(queueflow_[a-z_]+)` \|", (ROOT / "docs/metrics.md").read_text(), re.M))
        for scaler in self.of("ScaledObject"):
            for number, trigger in enumerate(scaler["spec"]["triggers"]):
                for name in re.findall(r"queueflow_[a-z_]+", trigger["metadata"].get("query", "")):
                    if name not in known:
                        self.report(scaler, ["spec", "triggers", number, "metadata", "query"], f"{name} is no metric of docs/metrics.md")


def matches(selector, labels):
    """Whether a label selector is met; the empty one is by everything."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        present = labels.get(expression["key"])
        held = {
            "In": present in expression.get("values", []),
            "NotIn": present not in expression.get("values", []),
            "Exists": present is not None,
            "DoesNotExist": present is None,
        }[expression["operator"]]
        if not held:
            return False
    return True


def render(kubectl, overlay):
    """What kubectl would apply, or the innermost of its complaints."""
    result = subprocess.run([kubectl, "kustomize", str(overlay)], capture_output=True, text=True)
    if result.returncode == 0:
        return result.stdout, None
    # It tells the whole way there, and every way that it tried; the first cause is what counts.
    text = " ".join(result.stderr.split()).removeprefix("error: ")
    causes = re.findall(r"(?:err='|evalsymlink failure on |invalid Kustomization: |: )([^'\"]+)", text)
    return None, f"{shown(overlay / 'kustomization.yaml')}: {(causes[-1] if causes else text).strip()}; in full: {text}"


def main(kubectl, folder, rendered):
    folder, rendered = pathlib.Path(folder), pathlib.Path(rendered)
    sources = Sources(folder)
    problems = list(sources.broken)
    schemas = {path.stem: json.loads(path.read_text()) for path in (folder / "schemas").glob("*.json")}
    for overlay in sorted((folder / "overlays").iterdir()) if not problems else []:
        text, complaint = render(kubectl, overlay)
        if complaint:
            problems.append(complaint)
            continue
        (rendered / f"{overlay.name}.yaml").write_text(text)
        applied = Overlay(overlay, list(yaml.safe_load_all(text)), sources, schemas)
        applied.check()
        problems += applied.problems
    # What stands in the base is wrong in each overlay.
    for problem in dict.fromkeys(problems):
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
