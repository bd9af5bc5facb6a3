"""The dashboard's pages about dead letters, schedules, queues, workers, operations and administration, used as people use them.

    dashboard_pages.py URL USERNAME PASSWORD

The installation has one worker with the built-in types, which is drained in the end.
"""

import json
import re
import sys
from pathlib import Path

from playwright.sync_api import expect

from dashboard_browser import NASTY, PHONE, API, Dashboard, browser, run

HANDBOOK = Path(__file__).parents[2] / "docs" / "dashboard.md"
PASSWORD = "correct horse battery staple"
# More than a double can hold, and a number whose way of writing counts.
EXACT = '{"times":0,"big":12345678901234567890,"exact":1.0}'


class Pages:
    """A window in which the administrator has signed in, and the API beside it."""

    def __init__(self, chromium, url, username, password):
        self.chromium, self.url, self.username, self.password = chromium, url, username, password
        self.api = API(url, username, password)
        self.window = self.sign_in(username, password)
        self.page = self.window.page
        self.offered = set(self.api.get("/openapi.json")["paths"])

    def offers(self, *calls):
        """Whether the server has these calls. What pages say without them is looked at where it has not."""
        return self.offered.issuperset(calls)

    def sign_in(self, username, password, **options):
        window = Dashboard(self.chromium, self.url, **options)
        window.sign_in(username, password)
        return window

    def visit(self, path, heading):
        self.window.visit(path, heading)

    def press(self, name, within=None):
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def answer(self, action, typed=None):
        """Answers the question that is open."""
        dialog = self.page.get_by_role("dialog")
        if typed is not None:
            expect(dialog.get_by_role("button", name=action)).to_be_disabled()
            dialog.get_by_role("textbox").last.fill(typed)
        dialog.get_by_role("button", name=action).click()
        expect(dialog).to_have_count(0)

    def told(self, text):
        """Waits for a message, and takes all away."""
        expect(self.page.locator(".toast", has_text=text)).to_be_visible()
        self.page.evaluate("document.querySelectorAll('.toast').forEach((toast) => toast.remove())")

    def row(self, text):
        return self.page.locator("tbody tr", has_text=text)

    def die(self, queue, count=1, payload=None):
        """Makes dead letters, and answers their ids."""
        job = {"type": "fail", "queue": queue, "payload": payload or {"times": 9}, "max_attempts": 1}
        ids = self.api.post("/jobs/batch", [job] * count)["ids"]
        for id in ids:
            assert self.api.ended(id)["state"] == "dead"
        return ids


def schedule(pages):
    """A schedule from its first letter to its last."""
    page = pages.page
    pages.visit("/schedules", "Schedules")
    page.get_by_role("link", name="New schedule").click()
    pages.window.settled("New schedule")
    page.get_by_label("Name").fill("life")
    page.get_by_label("Cron expression").fill("61 * * * *")
    expect(page.get_by_text("61 is outside the field")).to_be_visible()
    page.get_by_label("Cron expression").fill("30 9 * * mon-fri")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    expect(page.get_by_text("At 09:30 on Monday through Friday")).to_be_visible()
    runs = page.get_by_role("region", name="Next runs")
    expect(runs.locator("tbody tr")).to_have_count(5)
    expect(runs.locator("thead")).to_contain_text("In Asia/Tokyo")
    expect(runs.locator("thead")).to_contain_text("In Europe/Berlin")
    # Tokyo is eight hours ahead of Berlin in winter and seven in summer.
    tokyo, berlin = (int(runs.locator("tbody tr").first.locator("td").nth(index).inner_text()[11:13]) for index in (0, 1))
    assert tokyo == 9 and (tokyo - berlin) % 24 in (7, 8), (tokyo, berlin)
    pages.press("Create")
    expect(page.get_by_label("Type", exact=True)).to_be_focused()
    page.get_by_label("Type", exact=True).fill("echo")
    page.get_by_label("Payload").fill(EXACT)
    pages.press("Create")
    pages.window.settled("life")
    expect(page.get_by_role("region", name="Payload")).to_contain_text("12345678901234567890")

    pages.press("Pause life")
    expect(page.get_by_text("It is paused.", exact=False).first).to_be_visible()
    pages.press("Undo")
    expect(page.get_by_role("button", name="Pause life")).to_be_visible()
    page.keyboard.press("r")
    pages.press("Show it")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert re.fullmatch(r"/jobs/[0-9a-f-]{36}", pages.window.path()), pages.window.path()
    job = pages.api.ended(pages.window.path().split("/")[2])
    assert job["type"] == "echo" and job["state"] == "completed"

    id = next(one["id"] for one in pages.api.get("/schedules")["schedules"] if one["name"] == "life")
    pages.visit(f"/schedules/{id}/edit", "Edit schedule")
    assert "12345678901234567890" in page.get_by_label("Payload").input_value()
    pages.api.send("PUT", f"/schedules/{id}", {"name": "life", "cron": "@hourly", "type": "echo"})
    page.get_by_label("Tags").fill("one, two")
    pages.press("Save")
    pages.answer("Save mine")
    pages.window.settled("life")
    saved = pages.api.get(f"/schedules/{id}")
    assert saved["cron"] == "30 9 * * mon-fri" and saved["tags"] == ["one", "two"], saved
    pages.press("Delete life")
    pages.answer("Delete it", typed="life")
    pages.window.settled("Schedules")
    expect(page.get_by_text("No schedules")).to_be_visible()


def queue(pages):
    """A queue is paused by key, and by a press that is taken back; its limit is set; it is not removed while it has jobs."""
    page = pages.page
    pages.api.post("/jobs", {"type": "echo", "queue": "mail", "delay": 3600})
    pages.visit("/queues", "Queues")
    pages.press("Pause mail")
    expect(page.get_by_role("button", name="Resume mail")).to_be_visible()
    assert pages.api.get("/queues/mail")["paused"]
    pages.press("Undo")
    expect(page.get_by_role("button", name="Pause mail")).to_be_visible()
    assert not pages.api.get("/queues/mail")["paused"]
    pages.press("Limit of mail")
    page.get_by_label("The most jobs that may wait").fill("two")
    pages.press("Set the limit")
    expect(page.get_by_text("It is a whole number, or empty.")).to_be_visible()
    page.get_by_label("The most jobs that may wait").fill("500")
    pages.answer("Set the limit")
    expect(pages.row("mail")).to_contain_text("500")
    pages.press("Remove mail")
    pages.answer("Remove it", typed="mail")
    pages.told("has jobs or dead letters")
    pages.row("mail").get_by_role("link", name="mail").first.click()
    pages.window.settled("mail")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Resume mail")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause mail")).to_be_visible()
    # A job that comes is seen without a reload.
    scheduled = page.get_by_role("link", name="scheduled jobs")
    expect(scheduled).to_have_text("1")
    pages.api.post("/jobs", {"type": "echo", "queue": "mail", "delay": 3600})
    expect(scheduled).to_have_text("2")


def edited(pages):
    """A dead letter is looked into, its payload mended and replayed; numbers stay as they are written."""
    page = pages.page
    job = pages.api.post("/jobs", {"type": "fail", "queue": "mended", "payload": {"times": 9, "note": NASTY}, "max_attempts": 1})["id"]
    assert pages.api.ended(job)["state"] == "dead"
    pages.visit("/dead-letters?queue=mended", "Dead letters")
    page.get_by_role("link", name="failed as requested").click()
    pages.window.settled("Dead: fail")
    pages.press(f"Inspect and edit {job}")
    area = page.get_by_label("Payload")
    expect(area).to_have_value(re.compile("onerror"))
    area.fill("{")
    pages.press("Replay", page.get_by_role("dialog"))
    expect(page.get_by_role("dialog").locator(".field .error")).to_contain_text("JSON")
    area.fill(EXACT)
    pages.press("Replay", page.get_by_role("dialog"))
    pages.told("queued with the new payload")
    expect(page.get_by_text("None are left")).to_be_visible()
    ended = pages.api.ended(job)
    assert ended["state"] == "completed", ended
    assert ended["payload"] == json.loads(EXACT), ended["payload"]
    pages.window.check_harmless()


def unoffered(pages):
    """A server without operations: pages say so plainly."""
    page = pages.page
    pages.die("kept", 2)
    pages.visit("/dead-letters?queue=kept", "Dead letters")
    pages.press("Drop all that match")
    pages.told("This server has no operations")
    pages.visit("/operations", "Operations")
    expect(page.get_by_role("alert").filter(has_text="earlier version")).to_be_visible()


def replayed(pages):
    """Chosen dead letters are replayed, and all of a queue dropped after a dry run and a typed word."""
    page = pages.page
    ids = pages.die("dropped", 5)
    kept = pages.die("kept", 2)
    pages.visit("/dead-letters?queue=dropped", "Dead letters")
    page.get_by_role("link", name="failed as requested").click()
    pages.window.settled("Dead: fail")
    for id in ids[:2]:
        page.get_by_role("checkbox", name=f"Select {id}").check()
    expect(page.get_by_text("2 dead letters selected")).to_be_visible()
    pages.press("Replay", page.locator(".selection"))
    page.get_by_role("dialog").get_by_role("button", name="Retry 2 dead letters").click()
    pages.told("2 dead letters retried")
    for id in ids[:2]:
        again = pages.api.ended(id)
        assert again["state"] == "dead" and again["run"] == 2, again
    pages.visit("/dead-letters?queue=dropped", "Dead letters")
    pages.press("Drop all that match")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Delete 5 dead letters")
    go = dialog.get_by_role("button", name="Delete 5 dead letters")
    expect(go).to_be_disabled()
    dialog.get_by_role("textbox").last.fill("delete")
    go.click()
    pages.told("5 dead letters deleted")
    assert pages.api.get("/dead-letters?queue=dropped")["dead_letters"] == []
    assert len(pages.api.get("/dead-letters?queue=kept")["dead_letters"]) == len(kept)
    pages.visit("/operations", "Operations")
    expect(page.locator("tbody tr").first).to_contain_text("5")
    expect(page.locator("tbody tr").first).to_contain_text("deleted")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delete dead jobs")


def people(pages):
    """An account and a key are made, used and taken back; the audit log has it."""
    page = pages.page
    pages.visit("/users", "Users")
    pages.press("New user")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("eve")
    dialog.get_by_label("Password").fill("short")
    dialog.get_by_role("button", name="Make the account").click()
    expect(dialog.get_by_text("has fewer than 12 characters")).to_be_visible()
    dialog.get_by_role("button", name="Make one up").click()
    password = dialog.get_by_label("Password").input_value()
    pages.answer("Make the account")
    expect(pages.row("eve")).to_contain_text("active")
    API(pages.url, "eve", password)
    expect(pages.row(pages.username).get_by_role("button", name=f"Delete {pages.username}")).to_have_attribute("aria-disabled", "true")
    pages.press("Shut out eve")
    pages.answer("Shut out")
    expect(pages.row("eve")).to_contain_text("shut out")
    pages.press("Delete eve")
    pages.answer("Delete it", typed="eve")
    expect(pages.row("eve")).to_have_count(0)

    pages.visit("/api-keys", "API keys")
    pages.press("New key")
    dialog.get_by_label("Name").fill(NASTY[:60])
    dialog.get_by_label("jobs:read").check()
    dialog.get_by_role("button", name="Make the key").click()
    shown = page.get_by_role("dialog", name="The key")
    key = shown.locator("code").first.inner_text()
    assert re.fullmatch("qf_[0-9a-f]{64}", key), key
    page.keyboard.press("Escape")
    # Closed, and gone from the page as well.
    expect(page.locator("dialog")).to_have_count(0)
    assert key not in page.content()
    pages.row(key[:11]).get_by_role("button", name="Revoke").click()
    pages.answer("Revoke it")
    expect(pages.row(key[:11])).to_contain_text("revoked")
    pages.window.check_harmless()

    pages.visit("/audit?action=api_keys.revoke", "Audit")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("What", exact=True).fill("users.delete")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text("users.delete")
    assert "action=users.delete" in pages.window.path()


def tenants(pages):
    """A tenant is made, limited, suspended, resumed and removed."""
    page = pages.page
    pages.visit("/tenants", "Tenants")
    pages.press("New tenant")
    page.get_by_role("dialog").get_by_label("Name").fill("acme")
    pages.answer("Make the tenant")
    page.get_by_role("link", name="acme", exact=True).click()
    pages.window.settled("acme")
    pages.press("Limits")
    page.get_by_role("dialog").get_by_label("Queues").fill("-1")
    page.get_by_role("dialog").get_by_role("button", name="Set the limits").click()
    expect(page.get_by_text("must be a whole number")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Queues").fill("7")
    pages.answer("Set the limits")
    expect(pages.row("Queues")).to_contain_text("7 own")
    pages.press("Suspend acme")
    pages.answer("Suspend it", typed="acme")
    expect(page.get_by_text("suspended").first).to_be_visible()
    pages.press("Resume acme")
    expect(page.get_by_role("button", name="Suspend acme")).to_be_visible()
    expect(page.get_by_role("button", name="Delete acme")).to_have_attribute("aria-disabled", "true")


def chosen(pages):
    """Lists are of the tenant that an administrator has chosen, whatever they are of."""
    page = pages.page
    pages.api.post("/tenants", {"name": "chosen"})
    pages.api.post("/users", {"username": "carl", "password": PASSWORD, "tenant": "chosen"})
    carl = API(pages.url, "carl", PASSWORD)
    for api, name in ((carl, "theirs"), (pages.api, "ours")):
        api.post("/schedules", {"name": name, "cron": "@daily", "type": "echo"})
        api.post("/operations", {"kind": "cancel", "filter": {"queue": f"{name}-queue"}})
    for path, heading in (("/schedules", "Schedules"), ("/operations", "Operations")):
        pages.visit(path, heading)
        expect(pages.row("ours")).not_to_have_count(0)
        page.get_by_label("Tenant", exact=True).focus()
        page.get_by_label("Tenant", exact=True).select_option("chosen")
        expect(pages.row("ours")).to_have_count(0)
        expect(pages.row("theirs")).to_have_count(1)
        assert "tenant=chosen" in pages.window.path()
        expect(page.locator("thead")).not_to_contain_text("Tenant")
    for one in pages.api.get("/schedules")["schedules"]:
        pages.api.send("DELETE", f"/schedules/{one['id']}")


def user(pages):
    """What a USER sees: its own tenant, and why the rest is not for it."""
    pages.api.post("/tenants", {"name": "other"})
    pages.api.post("/users", {"username": "ada", "password": PASSWORD, "tenant": "other"})
    pages.api.post("/jobs", {"type": "echo", "queue": "secret", "delay": 3600})
    window = pages.sign_in("ada", PASSWORD)
    window.expect_refusals(404, 422)
    page = window.page
    navigation = page.get_by_role("navigation", name="Pages of the dashboard")
    for name in ["Workers", "Users", "API keys", "Tenants", "Audit"]:
        expect(navigation.get_by_text(name, exact=True)).to_have_attribute("aria-disabled", "true")
    for path, heading in [("/workers", "Workers"), ("/users", "Users"), ("/api-keys", "API keys"), ("/tenants", "Tenants"), ("/audit", "Audit")]:
        window.visit(path, heading)
        expect(page.locator(".notice")).to_contain_text("Only an administrator may")
    API(pages.url, "ada", PASSWORD).post("/jobs", {"type": "echo", "queue": "own", "delay": 3600})
    window.visit("/queues", "Queues")
    if pages.offers("/operations"):
        expect(page.locator("tbody tr")).to_have_count(1)
        pause = page.get_by_role("button", name="Pause own")
        expect(pause).to_have_attribute("aria-disabled", "true")
        pause.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".toast", has_text="Only an administrator may")).to_be_visible()
        assert not pages.api.get("/queues/own?tenant=other")["paused"]
    else:
        window.expect_refusals(403)
        expect(page.locator(".notice.bad")).to_contain_text("role")
    window.visit("/account", "Your account")
    expect(page.get_by_role("heading", name="Your tenant, other")).to_be_visible()
    window.visit("/schedules/new", "New schedule")
    page.get_by_label("Name").fill("own")
    page.get_by_label("Cron expression").fill("@daily")
    page.get_by_label("Type", exact=True).fill("echo")
    page.get_by_role("button", name="Create").click()
    window.settled("own")
    window.check_console()
    window.close()


def modules(pages):
    """What the pages reckon: merge patches, rates and when a queue is empty."""
    result = pages.page.evaluate(
        """async () => {
          const { mergePatch } = await import("./parts/merge-patch.js");
          const { QueueRates, drain } = await import("./parts/queue-rates.js");
          const attempt = (before, after) => { try { return mergePatch(before, after); } catch (error) { return error.message; } };
          const patches = [
            ['{"a":1,"b":{"c":[1,2],"d":2}}', '{"a":1,"b":{"c":[1,2],"d":2}}'],
            ['{"a":1,"b":{"c":[1,2],"d":2}}', '{ "b": {"c":[1],"e":12345678901234567890}, "f": 1.0 }'],
            ['{"a":null,"b":1}', '{"a":null,"b":2}'],
            ['{"a":1}', '{"a":null}'],
            ['{"a":1}', '{"a":1,"b":{"c":null}}'],
            ['{"a":1}', '[null,1]'],
            ['[1]', '{"a":{}}'],
            ['{"a":1.0}', '{"a":1}'],
          ].map(([before, after]) => attempt(before, after));
          const rates = new QueueRates();
          const totals = (submitted, completed) => ({ submitted, completed, cancelled: 0, died: 0 });
          const told = [];
          rates.add("q", totals(0, 0), 0);
          told.push(rates.of("q"));
          rates.add("q", totals(20, 40), 10_000);
          told.push(rates.of("q"));
          rates.add("q", totals(20, 40), 70_000);
          rates.add("q", totals(20, 40), 80_000);
          told.push(rates.of("q"));
          rates.add("q", totals(1, 0), 90_000);
          told.push(rates.of("q"));
          const depth = (queued) => ({ depth: { queued, running: 0 }, paused: false });
          const ends = [
            drain(depth(0), null), drain(depth(10), null), drain(depth(10), { submitted: 2, left: 4 }), drain(depth(10), { submitted: 4, left: 2 }),
            drain(depth(10), { submitted: 0, left: 0 }), drain({ ...depth(10), paused: true }, { submitted: 0, left: 9 }),
          ];
          return { patches, told, ends };
        }"""
    )
    assert result["patches"] == [
        None, '{"a":null,"b":{"d":null,"c":[1],"e":12345678901234567890},"f":1.0}', '{"b":2}',
        "a cannot be set to null by an edit that keeps the job; duplicate the job instead.",
        "b.c cannot be set to null by an edit that keeps the job; duplicate the job instead.",
        "An edit that keeps the job makes an object of its payload, nothing else; duplicate the job instead.", '{"a":{}}', '{"a":1}',
    ], result["patches"]
    assert result["told"] == [None, {"submitted": 2, "left": 4}, {"submitted": 0, "left": 0}, None], result["told"]
    assert result["ends"] == [
        {"kind": "empty"}, {"kind": "unknown"}, {"kind": "drains", "seconds": 5}, {"kind": "grows"}, {"kind": "stands"}, {"kind": "paused"},
    ], result["ends"]


def named():
    """The pages in the handbook's table: [(name, address)]."""
    return re.findall(r"^\| ([A-Z][^|]*) \| `(/[^`]*)`", HANDBOOK.read_text(), re.MULTILINE)


def places(pages):
    """The pages that the handbook names, each with an address at which there is something to be seen."""
    found = {
        "/schedules/:id": pages.api.get("/schedules")["schedules"][0]["id"],
        "/workers/:id": pages.api.get("/workers")["workers"][0]["id"],
        "/jobs/:id": pages.api.get("/jobs?limit=1")["jobs"][0]["id"],
        "/dead-letters/:fingerprint": pages.api.get("/dead-letters/groups")["groups"][0]["fingerprint"],
        "/queues/:name": "mail", "/tenants/:name": "acme",
    }
    if pages.offers("/operations"):
        found["/operations/:id"] = pages.api.get("/operations")["operations"][0]["id"]
    for name, path in named():
        pattern = path.removesuffix("/edit")
        if ":" not in path:
            yield name, path
        elif pattern in found:
            yield name, re.sub(":[a-z]+", found[pattern], path)


def handbook(pages):
    """Each page that the handbook names is there, and the handbook names each that there is."""
    routes = pages.page.evaluate(
        """async () => {
          const text = await (await fetch("./parts/routes.js")).text();
          return [...text.matchAll(/route\\("([^"]+)"/g)].map(([, pattern]) => pattern);
        }"""
    )
    told = [path for _, path in named()]
    assert sorted(routes) == sorted(told), (sorted(routes), sorted(told))
    for name, path in places(pages):
        pages.window.open(path)
        expect(pages.page.get_by_role("heading", level=1)).to_be_visible()
        expect(pages.page.locator(".page[aria-busy]")).to_have_count(0)
        assert pages.page.locator("h1").inner_text() not in ("Nothing here", "Not found", "This page could not be shown"), name


def accessible(pages):
    """axe has nothing to say about any page, in light or dark; nothing sticks out on a phone."""
    phone = pages.sign_in(pages.username, pages.password, size=PHONE)
    for name, path in places(pages):
        for window in (pages.window, phone):
            window.open(path)
            expect(window.page.get_by_role("heading", level=1)).to_be_visible()
            expect(window.page.locator(".page[aria-busy]")).to_have_count(0)
            window.check_width(name)
        pages.window.check_axe(name)
    for path, heading, button in [("/users", "Users", "New user"), ("/api-keys", "API keys", "New key"), ("/tenants/acme", "acme", "Limits")]:
        pages.visit(path, heading)
        pages.press(button)
        pages.window.check_axe(button)
        pages.page.keyboard.press("Escape")
    phone.close()


# What may be any text for all that the pages know.
TEXTS = {
    "name", "type", "queue", "tenant", "username", "error", "sample_error", "kind", "reason", "actor", "target", "action", "description", "cron", "timezone",
    "prefix", "created_by", "message", "subject", "worker", "skipped_reason", "details", "tags", "types", "queues", "filter",
}


def spoil(value, name=None):
    """An answer in which every text that somebody could choose is a script."""
    if isinstance(value, dict):
        return {key: spoil(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [spoil(one, name) for one in value]
    return NASTY if isinstance(value, str) and name in TEXTS else value


def harmless(pages):
    """Whatever the server says is shown as text."""
    window = pages.sign_in(pages.username, pages.password)

    def answer(route):
        response = route.fetch()
        if "json" not in response.headers.get("content-type", ""):
            return route.fulfill(response=response)
        return route.fulfill(response=response, json=spoil(response.json()))

    window.expect_refusals(404, 422)
    window.page.route(re.compile(rf"^{re.escape(pages.url)}/(?!dashboard|events|me$|login)"), answer)
    for name, path in places(pages):
        window.open(path)
        expect(window.page.locator(".page[aria-busy]")).to_have_count(0)
        expect(window.page.get_by_role("heading", level=1)).to_be_visible()
        window.check_harmless()
        if path.split("/")[1] in ("queues", "workers", "users", "tenants", "schedules", "api-keys", "audit", "dead-letters") and path.count("/") == 1:
            expect(window.page.locator("main", has_text="<img src=x").first).to_be_visible()
    window.close()


def drained(pages):
    """What a worker runs is seen and stopped; drained, it ends what it runs and is gone."""
    page = pages.page
    job = pages.api.post("/jobs", {"type": "sleep", "queue": "naps", "payload": {"seconds": 600}})["id"]
    pages.visit("/workers", "Workers")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody a.row-link").click()
    if not pages.offers("/workers/{id}", "/workers/{id}/drain"):
        expect(page.get_by_text("This server does not tell what a worker runs")).to_be_visible()
        return
    expect(page.get_by_role("button", name=f"Stop sleep {job}")).to_be_visible()
    # What is drawn anew leaves the focus where it is.
    drain = page.get_by_role("button", name=re.compile("^Drain "))
    for focused in [drain, page.get_by_role("button", name="Copy the id"), page.get_by_role("button", name=f"Stop sleep {job}")]:
        focused.focus()
        for _ in range(2):
            with page.expect_response(re.compile("/workers/")):
                pass
        expect(focused).to_be_focused()
    pages.press(f"Stop sleep {job}")
    pages.answer("Stop it")
    assert pages.api.ended(job)["state"] == "cancelled"
    expect(page.get_by_text("It runs nothing")).to_be_visible()
    drain.click()
    pages.answer("Drain it")
    expect(page.get_by_text("This worker has no lease any more")).to_be_visible()
    pages.visit("/workers", "Workers")
    expect(page.get_by_text("No worker is connected")).to_be_visible()


def main() -> None:
    with browser() as chromium:
        pages = Pages(chromium, *sys.argv[1:])
        pages.window.expect_refusals(404, 409, 412, 422)
        many = [edited, replayed] if pages.offers("/operations") else [unoffered]
        steps = [schedule, queue, *many, people, tenants, chosen, user, modules]
        run([(step.__name__, lambda step=step: step(pages)) for step in steps])
        pages.api.post("/schedules", {"name": "shown", "cron": "30 2 * * mon-fri", "timezone": "Asia/Tokyo", "type": "echo"})
        run([(step.__name__, lambda step=step: step(pages)) for step in [handbook, accessible, harmless, drained]])
        pages.window.check_harmless()
        pages.window.check_console()


if __name__ == "__main__":
    main()
