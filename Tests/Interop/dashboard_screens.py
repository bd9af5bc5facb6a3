"""Takes pictures of the dashboard's pages, on a desk in light and dark and on a phone.

    dashboard_screens.py URL USERNAME PASSWORD FOLDER [PICTURES]

Submits a few jobs first, so that there is something to be seen. PICTURES is the folder for the few of the handbook.
"""

import base64
import pathlib
import sys

from dashboard_browser import API, DESK, PHONE, Dashboard, browser

LOOKS = [("desk-light", DESK, "light"), ("desk-dark", DESK, "dark"), ("phone-light", PHONE, "light"), ("phone-dark", PHONE, "dark")]
SOON = {"strategy": "fixed", "base": 0.5, "jitter": False}


# The pictures of the handbook: a desk of this size, in colours, and how good the picture is.
SMALL, QUALITY = (1120, 700), 82


def seed(api):
    """Jobs in every state, and the ids of some."""
    kinds = {
        ("echo", "orders"): {"order": 12345678901234567890, "items": [{"sku": "A1", "count": 2}]},
        ("report.generate", "reports"): {"month": "2026-11"},
        ("image.process", "thumbnails"): {"url": "https://example.org/cat.png", "width": 320},
        ("sleep", "imports"): {"seconds": 300},
        ("email.send", "mail"): {"to": "ada@example.org"},
    }
    api.post("/jobs/batch", [{"type": kind, "queue": "demo"} for kind in ("noop", "email.send") for _ in range(20)])
    jobs = {
        kind: api.post("/jobs", {"type": kind, "queue": queue, "payload": payload, "max_attempts": 3, "retry": SOON, "tags": ["nightly"]})["id"]
        for (kind, queue), payload in kinds.items()
    }
    jobs["waits"] = api.post("/jobs", {"type": "invoice.render", "queue": "billing", "payload": {"invoice": 4711}, "tags": ["nightly"]})["id"]
    api.post("/jobs/batch", [{"type": "invoice.render", "queue": "billing"} for _ in range(3)])
    jobs["later"] = api.post("/jobs", {"type": "noop", "queue": "demo", "delay": 3600})["id"]
    api.ended(jobs["image.process"])
    api.ended(jobs["echo"])
    return jobs


def pages(jobs):
    """Each page: the picture's name, its path and its heading."""
    found = [
        ("overview", "/", "Overview"), ("jobs", "/jobs", "Jobs"), ("job-dead", f"/jobs/{jobs['image.process']}", "image.process"),
        ("job-completed", f"/jobs/{jobs['echo']}", "echo"), ("job-running", f"/jobs/{jobs['sleep']}", "sleep"),
        ("job-scheduled", f"/jobs/{jobs['later']}", "noop"), ("new-job", "/new?type=email.send", "New job"), ("help", "/help", "Help"),
    ]
    places = [
        ("dead-letters", "Dead letters"), ("schedules", "Schedules"), ("queues", "Queues"), ("operations", "Operations"), ("workers", "Workers"),
        ("schedules/new", "New schedule"), ("users", "Users"), ("api-keys", "API keys"), ("tenants", "Tenants"), ("audit", "Audit"),
        ("queues/demo", "demo"), ("tenants/default", "default"), ("account", "Your account"),
    ]
    return found + [(path.replace("/", "-"), f"/{path}", heading) for path, heading in places]


def picture(window, target):
    """Saves what is seen as WebP, which takes a third of the room of PNG."""
    session = window.context.new_cdp_session(window.page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    target.write_bytes(base64.b64decode(shot["data"]))


def handbook(chromium, url, username, password, jobs, folder):
    """The pictures in docs/dashboard.md."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [
        ("jobs", "light", "/jobs", "Jobs"), ("job-dead", "light", f"/jobs/{jobs['image.process']}", "image.process"),
        ("job-waits", "light", f"/jobs/{jobs['waits']}", "invoice.render"), ("queues-dark", "dark", "/queues", "Queues"),
    ]
    for name, theme, path, heading in found:
        window = Dashboard(chromium, url, size=SMALL, theme=theme)
        window.sign_in(username, password)
        window.visit(path, heading)
        # Rates are told once two figures are known that are apart.
        window.page.wait_for_timeout(6_000)
        picture(window, folder / f"{name}.webp")
        window.close()


def main() -> None:
    url, username, password, folder, *pictures = sys.argv[1:]
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    api = API(url, username, password)
    jobs = seed(api)
    with browser() as chromium:
        for one in pictures:
            handbook(chromium, url, username, password, jobs, pathlib.Path(one))
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
