"""Reads the metrics of processes with the parsers of the Prometheus project's own client, in both formats.

metrics_judge.py URL...    prints what it found as JSON; fails on whatever a strict parser does not like.
"""

import json
import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def fetch(url, accept):
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def judge(url):
    kind, text = fetch(url, "text/plain")
    assert kind == TEXT, kind
    old = list(read_text(text))
    # As Prometheus asks.
    kind, body = fetch(url, "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1")
    assert kind == OPENMETRICS, kind
    assert body.endswith("\n# EOF\n")
    new = list(read_openmetrics(body))
    assert len(old) == len(new), (len(old), len(new))
    found = {}
    exemplars = []
    for family in new:
        assert family.documentation, family.name + " has no HELP"
        assert family.name not in found, family.name + " comes twice"
        if family.name.endswith("_seconds") or family.name.endswith("_bytes"):
            assert family.unit in ("seconds", "bytes"), family.name + " has no unit"
        name = family.name + "_total" if family.type == "counter" else family.name
        found[name] = {"type": family.type, "series": len(family.samples)}
        seen = set()
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen, key
            seen.add(key)
            if sample.exemplar:
                exemplars.append({"name": sample.name, **sample.exemplar.labels})
    series = sum(len(family.samples) for family in old)
    assert "trace_id" not in text
    return {"families": found, "series": series, "exemplars": exemplars}


print(json.dumps({url: judge(url) for url in sys.argv[1:]}))
