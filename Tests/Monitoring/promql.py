"""What an expression in PromQL names: its metrics, and the labels that are asked of each. Whether it is right is for promtool to say."""

import re

WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "inf", "nan", "atan2"}


def without_strings(expression: str) -> str:
    return re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', '""', expression)


def metrics(expression: str) -> dict[str, set[str]]:
    """The names of the metrics, each with the labels that its selectors ask for."""
    plain = without_strings(expression)
    plain = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", plain)
    plain = re.sub(r"\[[^\]]*\]", " ", plain)
    found: dict[str, set[str]] = {}
    for match in re.finditer(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)\s*(\(|\{[^}]*\})?", plain):
        name, after = match.groups()
        if after == "(" or name.lower() in WORDS:
            continue
        labels = re.findall(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)", after or "")
        found.setdefault(name, set()).update(labels)
    return found


def substitute(expression: str, interval: str, span: str = "5m") -> str:
    """An expression of a board as Prometheus gets it when everything is chosen."""
    expression = expression.replace("$__rate_interval", interval).replace("$__range", span)
    return re.sub(r"\$\{?\w+\}?", ".*", expression)
