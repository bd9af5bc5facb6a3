"""Takes pictures of the dashboard's pages, on a desk in light and dark and on a phone.

    dashboard_screens.py URL USERNAME PASSWORD FOLDER

Submits a few jobs of queue `demo` first, so that there is something to be seen.
"""

import pathlib
import sys

from dashboard_browser import API, DESK, PHONE, Dashboard, browser

LOOKS = [("desk-light", DESK, "light"), ("desk-dark", DESK, "dark"), ("phone-light", PHONE, "light"), ("phone-dark", PHONE, "dark")]
SOON = {"strategy": "fixed", "base": 0.5, "jitter": False}


def seed(api):
    """Jobs in every state, and the ids of some."""
    kinds = {
        "echo": {"order": 12345678901234567890, "items": [{"sku": "A1", "count": 2}]}, "report.generate": {"month": "2026-11"},
        "image.process": {"url": "https://example.org/cat.png", "width": 320}, "sleep": {"seconds": 300}, "email.send": {"to": "ada@example.org"},
    }
    jobs = {
        kind: api.post("/jobs", {"type": kind, "queue": "demo", "payload": payload, "max_attempts": 3, "retry": SOON, "tags": ["nightly"]})["id"]
        for kind, payload in kinds.items()
    }
    jobs["later"] = api.post("/jobs", {"type": "noop", "queue": "demo", "delay": 3600})["id"]
    api.post("/jobs/batch", [{"type": kind, "queue": "demo"} for kind in ("noop", "email.send") for _ in range(20)])
    api.ended(jobs["image.process"])
    api.ended(jobs["echo"])
    return jobs


def pages(jobs):
    """Each page: the picture's name, its path and its heading."""
    found = [
        ("overview", "/", "Overview"), ("jobs", "/jobs?queue=demo", "Jobs"), ("job-dead", f"/jobs/{jobs['image.process']}", "image.process"),
        ("job-completed", f"/jobs/{jobs['echo']}", "echo"), ("job-running", f"/jobs/{jobs['sleep']}", "sleep"),
        ("job-scheduled", f"/jobs/{jobs['later']}", "noop"), ("new-job", "/new?type=email.send", "New job"), ("help", "/help", "Help"),
    ]
    places = [
        ("dead-letters", "Dead letters"), ("schedules", "Schedules"), ("queues", "Queues"), ("operations", "Operations"), ("workers", "Workers"),
        ("schedules/new", "New schedule"), ("users", "Users"), ("api-keys", "API keys"), ("tenants", "Tenants"), ("audit", "Audit"),
        ("queues/demo", "demo"), ("tenants/default", "default"), ("account", "Your account"),
    ]
    return found + [(path.replace("/", "-"), f"/{path}", heading) for path, heading in places]


def main() -> None:
    url, username, password, folder = sys.argv[1:]
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    api = API(url, username, password)
    jobs = seed(api)
    with browser() as chromium:
        for look, size, theme in LOOKS:
            window = Dashboard(chromium, url, size=size, theme=theme)
            window.open()
            window.page.screenshot(path=target / f"sign-in-{look}.png")
            window.sign_in(username, password)
            for name, path, heading in pages(jobs):
                window.visit(path, heading)
                # Charts are drawn once their place has a size.
                window.page.wait_for_timeout(300)
                window.page.screenshot(path=target / f"{name}-{look}.png", full_page=size == PHONE)
            window.close()
    print(f"{len(list(target.glob('*.png')))} pictures are in {target}")


if __name__ == "__main__":
    main()
