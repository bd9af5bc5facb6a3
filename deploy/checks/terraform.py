"""Checks deploy/terraform without Terraform: its syntax, that what is referred to is there, that modules are given what they want, that variables and
outputs say what they are, and that it stands as `terraform fmt` would have it. Prints one line for each thing that is wrong.

    terraform.py FOLDER

What a provider's resources are called and which arguments they take it does not know.
"""

import pathlib
import re
import sys

import hcl2

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What expressions begin with that is no resource.
WORDS = {"path", "terraform", "each", "count", "self"}


def shown(path):
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def unquoted(name):
    return name.strip('"')


def code(text):
    """The text without comments and strings, but with what strings interpolate; each line stays where it is."""
    lines, until = [], None
    for line in text.splitlines():
        if until:
            until = None if line.strip() == until else until
            line = f'"{line}"'
        elif begin := re.search(r"<<-?(\w+)$", line):
            until = begin[1]
        line = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda found: " ".join(re.findall(r"\$\{([^}]*)\}", found[1])) or '""', line)
        lines.append(re.sub(r"(#|//).*", "", line))
    return lines


class Module:
    """One folder with .tf files."""

    def __init__(self, folder):
        self.folder, self.problems = folder, []
        self.texts = {path: path.read_text() for path in sorted(folder.glob("*.tf"))}
        self.blocks = {}
        for path, text in self.texts.items():
            try:
                parsed = hcl2.loads(text)
            except Exception as error:
                reason = str(error).split("\n")[0]
                self.report(path, getattr(error, "line", 1), f"is no HCL: {reason}")
                continue
            for kind, blocks in parsed.items():
                self.blocks.setdefault(kind, []).extend((path, block) for block in blocks if isinstance(block, dict))

    def report(self, path, line, message):
        self.problems.append(f"{shown(path)}:{line}: {message}")

    def line(self, path, pattern):
        lines = self.texts[path].splitlines()
        return next((number for number, line in enumerate(lines, 1) if re.search(pattern, line)), 1)

    def one_label(self, kind):
        return {unquoted(name): (path, body) for path, block in self.blocks.get(kind, []) for name, body in block.items()
                if not name.startswith("__")}

    def two_labels(self, kind):
        return {(unquoted(of), unquoted(name)) for _, block in self.blocks.get(kind, []) for of, named in block.items()
                if isinstance(named, dict) for name in named}

    def locals(self):
        return {name for _, block in self.blocks.get("locals", []) for name in block}

    # MARK: Checks

    def check(self, modules):
        variables, outputs, calls = (self.one_label(kind) for kind in ("variable", "output", "module"))
        self.says_what_it_is(variables, outputs)
        used = self.references(modules, variables, calls)
        for name, (path, _) in variables.items():
            if name not in used:
                self.report(path, self.line(path, f'variable "{name}"'), f"variable {name} is not used")
        for name, (path, body) in calls.items():
            self.call(modules, name, path, body)
        self.is_formatted()

    def says_what_it_is(self, variables, outputs):
        for kind, named in (("variable", variables), ("output", outputs)):
            for name, (path, body) in named.items():
                for wanted in ("description", "type") if kind == "variable" else ("description",):
                    if wanted not in body:
                        self.report(path, self.line(path, f'{kind} "{name}"'), f"{kind} {name} has no {wanted}")

    def references(self, modules, variables, calls):
        resources = self.two_labels("resource")
        known = {"data": self.two_labels("data"), "ephemeral": self.two_labels("ephemeral")}
        used = set()
        for path, text in self.texts.items():
            iterators = set(re.findall(r'dynamic "(\w+)"', text))
            for number, line in enumerate(code(text), 1):
                for first, second, third in re.findall(r"(?<![\w.])([a-z_]\w*)\.([a-z_]\w*)(?:\.([a-z_]\w*))?", line):
                    name = f"{first}.{second}"
                    if first == "var":
                        used.add(second)
                        if second not in variables:
                            self.report(path, number, f"there is no variable {second}")
                        elif third and not re.search(rf"\b{third}\b", str(variables[second][1].get("type", ""))):
                            self.report(path, number, f"variable {second} has no {third}")
                    elif first == "local":
                        if second not in self.locals():
                            self.report(path, number, f"there is no local {second}")
                    elif first == "module":
                        target = second in calls and self.target(modules, calls[second][1])
                        if not target or third not in target.one_label("output"):
                            self.report(path, number, f"there is no output {third} of a module {second}")
                    elif first in known:
                        if (second, third) not in known[first]:
                            self.report(path, number, f"there is no {name}.{third}")
                    elif first not in WORDS | iterators and (first, second) not in resources:
                        self.report(path, number, f"there is no {name}")
        return used

    def target(self, modules, body):
        return modules.get((self.folder / unquoted(str(body.get("source", "")))).resolve())

    def call(self, modules, name, path, body):
        target = self.target(modules, body)
        line = self.line(path, f'module "{name}"')
        if not target:
            return self.report(path, line, f"module {name}: there is no folder {body.get('source')}")
        wanted = target.one_label("variable")
        given = {key for key in body if not key.startswith("__")} - {"source", "version", "providers", "depends_on", "for_each", "count"}
        for key in sorted(given - wanted.keys()):
            self.report(path, line, f"module {name} has no variable {key}")
        for key, (_, variable) in wanted.items():
            if key not in given and "default" not in variable:
                self.report(path, line, f"module {name} is not given {key}")

    def is_formatted(self):
        """Two spaces for each level, and the signs of neighbouring arguments below each other."""
        for path, text in self.texts.items():
            group = []
            for number, line in enumerate([*text.splitlines(), ""], 1):
                argument = re.match(r'^(\s*)("[^"]*"|[\w.-]+)(\s+)=\s(.*)$', line)
                if line != line.rstrip() or "\t" in line or (argument and len(argument[1]) % 2):
                    self.report(path, number, "has a tab, a space at its end, or is not indented by two spaces a level")
                if argument and (not group or group[0][1] == argument[1]) and not re.search(r"[\[{(]$", line) and "<<" not in line:
                    group.append((number, argument[1], len(argument[2]), len(argument[2] + argument[3])))
                    continue
                self.is_aligned(path, group)
                group = []

    def is_aligned(self, path, group):
        column = max((length for _, _, length, _ in group), default=0) + 1
        for number, _, _, at in group:
            if at != column:
                return self.report(path, number, "its equals sign is not below its neighbours'")


def main(folder):
    folders = {path.parent.resolve() for path in pathlib.Path(folder).rglob("*.tf")}
    modules = {path: Module(path) for path in sorted(folders)}
    # What cannot be read makes all that refers to it wrong, too.
    if not any(module.problems for module in modules.values()):
        for module in modules.values():
            module.check(modules)
    problems = [problem for module in modules.values() for problem in module.problems]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
