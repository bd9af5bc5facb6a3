"""Panels, variables and boards of Grafana, as values from which the JSON is made. What all panels have in common stands here, once."""

from dataclasses import dataclass, field

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
RATE = "[$__rate_interval]"

Step = tuple[float | None, str]
GOOD_AT_ZERO: tuple[Step, ...] = ((None, "green"), (1, "red"))


@dataclass
class Query:
    """An expression, and what its series are called."""

    expr: str
    legend: str = "__auto"


@dataclass
class Panel:
    """A panel; `json` gets its place from the board."""

    kind: str
    title: str
    description: str
    unit: str
    queries: list[Query]
    width: int = 8
    height: int = 8
    options: dict = field(default_factory=dict)
    custom: dict = field(default_factory=dict)
    defaults: dict = field(default_factory=dict)
    overrides: list = field(default_factory=list)
    transformations: list = field(default_factory=list)
    target: dict = field(default_factory=dict)

    def json(self, number: int, x: int, y: int) -> dict:
        targets = [
            {"refId": chr(65 + index), "datasource": DATASOURCE, "editorMode": "code", **self.target,
             "expr": query.expr, "legendFormat": query.legend}
            for index, query in enumerate(self.queries)
        ]
        panel = {
            "id": number, "type": self.kind, "title": self.title, "description": self.description,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "datasource": DATASOURCE, "targets": targets,
            "fieldConfig": {
                "defaults": {"unit": self.unit, **self.defaults, **({"custom": self.custom} if self.custom else {})},
                "overrides": self.overrides,
            },
            "options": self.options,
        }
        if self.transformations:
            panel["transformations"] = self.transformations
        return panel


@dataclass
class Row:
    """A heading, under which panels stand."""

    title: str


def thresholds(steps: tuple[Step, ...]) -> dict:
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}


def lines(title: str, unit: str, description: str, *queries: Query, width: int = 8, stacked: bool = False,
          exemplars: bool = False, limits: tuple[Step, ...] = (), most: float | None = None) -> Panel:
    """Values over time. `limits` are drawn as lines, `most` is the top of the axis."""
    custom: dict = {"lineWidth": 1, "fillOpacity": 40 if stacked else 8, "showPoints": "never"}
    if stacked:
        custom["stacking"] = {"mode": "normal", "group": "A"}
    defaults: dict = {"min": 0}
    if limits:
        custom["thresholdsStyle"] = {"mode": "line"}
        defaults["thresholds"] = thresholds(limits)
    if most is not None:
        defaults["max"] = most
    return Panel(
        "timeseries", title, description, unit, list(queries), width=width, custom=custom, defaults=defaults,
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        target={"range": True, **({"exemplar": True} if exemplars else {})},
    )


def number(title: str, unit: str, description: str, expr: str, *, width: int = 3, steps: tuple[Step, ...] = ()) -> Panel:
    """One value, now."""
    return Panel(
        "stat", title, description, unit, [Query(expr)], width=width, height=4,
        defaults={"thresholds": thresholds(steps or ((None, "blue"),)), "noValue": "?"},
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value", "graphMode": "area", "textMode": "auto",
        },
        target={"range": True},
    )


def heat(title: str, unit: str, description: str, histogram: str, *, width: int = 12, exemplars: bool = True) -> Panel:
    """How the values of a histogram are spread, over time. `histogram` is its name with a selector in braces."""
    name, _, selector = histogram.partition("{")
    buckets = f"{name}_bucket{{{selector}" if selector else f"{name}_bucket"
    return Panel(
        "heatmap", title, description, unit, [Query(f"sum by (le) (increase({buckets}{RATE}))", "{{le}}")], width=width,
        options={
            "calculate": False, "yAxis": {"unit": unit}, "cellValues": {"unit": "short"}, "cellGap": 1,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 64, "exponent": 0.5}, "filterValues": {"le": 1e-9},
            "exemplars": {"color": "orange"}, "legend": {"show": True}, "tooltip": {"mode": "single", "yHistogram": True},
        },
        target={"range": True, "format": "heatmap", **({"exemplar": True} if exemplars else {})},
    )


def quantiles(title: str, description: str, histogram: str, *, by: str = "", width: int = 8,
              parts: tuple[float, ...] = (0.5, 0.95, 0.99)) -> Panel:
    """Quantiles of a histogram over time, of all or by a label."""
    name, _, selector = histogram.partition("{")
    buckets = f"{name}_bucket{{{selector}" if selector else f"{name}_bucket"
    labels = f"le, {by}" if by else "le"
    legend = f" {{{{{by}}}}}" if by else ""
    queries = [
        Query(f"histogram_quantile({part}, sum by ({labels}) (rate({buckets}{RATE})))", f"p{part * 100:g}{legend}")
        for part in parts
    ]
    return lines(title, "s", description, *queries, width=width, exemplars=True)


def bars(title: str, unit: str, description: str, query: Query, *, width: int = 8) -> Panel:
    """A bar for each series, now."""
    return Panel(
        "bargauge", title, description, unit, [query], width=width,
        defaults={"min": 0, "thresholds": thresholds(((None, "blue"),))},
        options={
            "orientation": "horizontal", "displayMode": "basic", "valueMode": "color", "showUnfilled": True,
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
        target={"instant": True},
    )


@dataclass
class Column:
    """A column of a table: its name, its unit and the expression that fills it."""

    name: str
    unit: str
    expr: str
    limits: tuple[Step, ...] = ()


def table(title: str, description: str, keys: tuple[str, ...], columns: list[Column], *, width: int = 24,
          height: int = 10, link: tuple[str, str] | None = None, hidden: tuple[str, ...] = ()) -> Panel:
    """A row for each combination of labels. `link` is the title and the address that the first key leads to."""
    overrides = []
    if link:
        overrides.append({
            "matcher": {"id": "byName", "options": keys[-1]},
            "properties": [{"id": "links", "value": [{"title": link[0], "url": link[1]}]}],
        })
    for column in columns:
        properties: list = [{"id": "unit", "value": column.unit}]
        if column.limits:
            properties.append({"id": "thresholds", "value": thresholds(column.limits)})
            properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
        overrides.append({"matcher": {"id": "byName", "options": column.name}, "properties": properties})
    names = [f"Value #{chr(65 + index)}" for index in range(len(columns))] if len(columns) > 1 else ["Value"]
    return Panel(
        "table", title, description, "short", [Query(column.expr, column.name) for column in columns],
        width=width, height=height, overrides=overrides,
        options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False}},
        transformations=[
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {
                "excludeByName": {name: True for name in ("Time", *hidden)},
                "indexByName": {name: index for index, name in enumerate([*keys, *names])},
                "renameByName": dict(zip(names, [column.name for column in columns])),
            }},
        ],
        target={"instant": True, "format": "table"},
    )


def variable(name: str, label: str, description: str, metric: str) -> dict:
    """A choice of one, several or all values of a label of a metric."""
    query = f"label_values({metric}, {name})"
    return {
        "name": name, "label": label, "description": description, "type": "query", "datasource": DATASOURCE,
        "query": {"query": query, "refId": "values"}, "definition": query, "refresh": 2, "sort": 1, "multi": True,
        "includeAll": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}, "options": [],
    }


DATASOURCES = {
    "name": "datasource", "label": "Prometheus", "description": "The Prometheus that scrapes QueueFlow.", "type": "datasource",
    "query": "prometheus", "refresh": 1, "multi": False, "includeAll": False, "options": [], "current": {},
}
TENANT = variable("tenant", "Tenant", "Whose queues are shown.", "queueflow_queue_jobs")
QUEUE = variable("queue", "Queue", "The queues that are shown.", 'queueflow_queue_jobs{tenant=~"$tenant"}')
TYPE = variable("type", "Type", "The types of jobs that are shown.", "queueflow_job_attempts_total")


def instances(job: str) -> dict:
    return variable("instance", "Instance", f"The {job}s that are shown.", f'up{{job="{job}"}}')


def board(uid: str, title: str, description: str, variables: list[dict], content: list[Row | Panel]) -> dict:
    """A board: panels from left to right, as many in a line as fit, under their headings."""
    panels, x, y, line = [], 0, 0, 0
    for item in content:
        if isinstance(item, Row):
            y, x, line = y + line, 0, 0
            panels.append({
                "id": len(panels) + 1, "type": "row", "title": item.title, "collapsed": False, "panels": [],
                "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
            })
            y += 1
            continue
        if x + item.width > 24:
            y, x, line = y + line, 0, 0
        panels.append(item.json(len(panels) + 1, x, y))
        x, line = x + item.width, max(line, item.height)
    return {
        "uid": uid, "title": title, "description": description, "tags": ["queueflow"], "schemaVersion": 41, "version": 1,
        "editable": False, "graphTooltip": 1, "timezone": "", "refresh": "15s", "time": {"from": "now-1h", "to": "now"},
        "timepicker": {}, "fiscalYearStartMonth": 0, "preload": False,
        "links": [{
            "type": "dashboards", "title": "QueueFlow", "tags": ["queueflow"], "asDropdown": False, "includeVars": True,
            "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": "",
        }],
        "annotations": {"list": [
            annotation("Deployments", "blue", "A version that was not there two minutes ago.", "{{process}} {{version}} {{revision}}",
                       "count by (process, version, revision) (queueflow_build_info) unless "
                       "count by (process, version, revision) (queueflow_build_info offset 2m)"),
            annotation("Alerts", "red", "Alerts that fire.", "{{alertname}} {{queue}}",
                       'count by (alertname, queue) (ALERTS{alertname=~"QueueFlow.+", alertname!="QueueFlowWatchdog", alertstate="firing"})'),
        ]},
        "templating": {"list": [DATASOURCES, *variables]},
        "panels": panels,
    }


def annotation(name: str, color: str, text: str, title: str, expr: str) -> dict:
    return {
        "name": name, "enable": True, "hide": False, "iconColor": color, "datasource": DATASOURCE, "expr": expr,
        "titleFormat": title, "textFormat": text, "step": "60s",
    }
