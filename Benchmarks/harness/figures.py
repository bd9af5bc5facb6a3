"""Medians, percentiles and tables."""

import math
import statistics


def percentile(values, part):
    """The value at or below which `part` of all lie (nearest rank); nan when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(part * len(ordered), 6)) - 1)] if ordered else float("nan")


def milliseconds(seconds, *parts):
    """Percentiles in milliseconds, by name."""
    return {f"p{part * 100:g}_ms": round(percentile(seconds, part) * 1000, 2) for part in parts}


def spread(values):
    """The median of repeated measurements, and what they lay between."""
    if len(values) == 1:
        return number(values[0])
    return f"{number(statistics.median(values))} ({number(min(values))}-{number(max(values))})"


def number(value):
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def ratio(ours, theirs):
    """How many times the second the first is; nan without either."""
    return ours / theirs if ours and theirs else float("nan")


def ratios(ours, theirs):
    """The median of ratios of rounds that were measured next to each other."""
    pairs = [ratio(left, right) for left, right in zip(ours, theirs)]
    return statistics.median(pairs) if pairs else float("nan")


def per_job(before, after, count):
    """CPU by process in microseconds a job."""
    used = {name: round((seconds - before.get(name, 0)) / max(1, count) * 1e6, 1) for name, seconds in after.items()}
    return used | {"all": round(sum(used.values()), 1)}


def table(head, rows):
    """A table as in Markdown; the columns after the first are numbers."""
    lines = [head, *[[number(cell) for cell in row] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    marks = ["-" * widths[0], *["-" * (width - 1) + ":" for width in widths[1:]]]

    def text(cells):
        return "| " + " | ".join(cell.ljust(width) if not column else cell.rjust(width)
                                 for column, (cell, width) in enumerate(zip(cells, widths))) + " |"
    return "\n".join([text(head), text(marks), *[text(line) for line in lines[1:]]])
