"""Uses the dashboard as people do: signs in, submits, finds, replays and cancels jobs, and sees why one waits.

    dashboard_jobs.py URL USERNAME PASSWORD

Some worker with the built-in types must be there.
"""

import json
import re
import sys
import urllib.request

from playwright.sync_api import expect

from dashboard_browser import API, NASTY, PHONE, Dashboard, browser, run
from prefix_proxy import prefix_proxy

MANY = 10_000
# Calls that servers of earlier versions lack, and what needs them.
SEARCH, WHY, ACTIONS = "/jobs/count", "/jobs/{id}/explanation", "/operations"
ALL = (SEARCH, WHY, ACTIONS, "/overview", "/history")
STEPS = [
    ("policy", ()), ("sign_in", ()), ("first_job", ()), ("refused_job", ()), ("watched_list", ()), ("shared_filter", (SEARCH,)), ("saved_view", ()),
    ("chosen_columns", ()), ("back_again", ()), ("session_lost", ()), ("two_tabs", ()), ("server_away", ()),
    ("replay_edited", (ACTIONS,)), ("cancel_running", ()), ("why_it_waits", (WHY,)), ("edit_waiting", (ACTIONS,)), ("delete", (ACTIONS,)),
    ("bulk_retry", (SEARCH, ACTIONS)), ("harmless", ()), ("by_keyboard", ()), ("flooded", ()), ("every_page", ()), ("below_a_prefix", ()),
    ("console", ()), ("sign_out", ()),
]


class Walk:
    """One window, and what was made with it."""

    def __init__(self, browser, url, username, password):
        self.browser, self.url, self.username, self.password = browser, url, username, password
        self.api = API(url, username, password)
        self.desk = Dashboard(browser, url)
        self.page = self.desk.page
        self.jobs = {}
        if not self.api.offers(*ALL):
            # The console tells of every call that is asked for in vain.
            self.desk.expect_refusals(404, 422)

    def submit(self, type, payload=None, **rest):
        return self.api.post("/jobs", {"type": type, "payload": payload or {}, **rest})["id"]

    def badge(self, state):
        return expect(self.page.locator(".page .badge.state-" + state).first).to_be_visible()

    # What everybody does first.

    def policy(self):
        with urllib.request.urlopen(self.url + "/dashboard/") as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, policy

    def sign_in(self):
        self.desk.open()
        self.page.get_by_label("Name").fill(self.username)
        self.page.get_by_label("Password").fill("not this one at all")
        self.desk.expect_refusals(401)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("alert")).to_contain_text("password")
        self.desk.check_axe("signing in")
        self.page.get_by_label("Password").fill(self.password)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        self.desk.check_console()
        # A tab that is read anew is still signed in.
        self.page.reload()
        self.desk.settled("Overview")

    def first_job(self):
        """An empty installation says how to begin, and the job is seen to complete, without a reload."""
        self.page.get_by_role("link", name="Submit one here").click()
        self.desk.settled("New job")
        expect(self.page.get_by_label("Type", exact=True)).to_have_value("echo")
        self.page.get_by_label("Payload (JSON)").fill('{"n": 12345678901234567890')
        expect(self.page.locator(".field .error:not(:empty)")).to_have_count(1)
        self.page.get_by_label("Payload (JSON)").fill('{"n": 12345678901234567890}')
        expect(self.page.locator(".field .error:not(:empty)")).to_have_count(0)
        self.page.get_by_role("button", name="Submit the job").click()
        self.desk.settled("echo")
        self.badge("completed")
        expect(self.page.get_by_role("region", name="Result, as JSON")).to_contain_text("12345678901234567890")
        self.jobs["echo"] = self.desk.path().removeprefix("/jobs/")

    def refused_job(self):
        """What the server refuses is told beside its field."""
        self.desk.visit("/new?type=noop", "New job")
        self.page.get_by_label("Queue", exact=True).fill("..")
        self.page.get_by_label("Tags").fill("x" * 101)
        self.desk.expect_refusals(422)
        self.page.get_by_role("button", name="Submit the job").click()
        expect(self.page.get_by_label("Queue", exact=True)).to_have_attribute("aria-invalid", "true")
        expect(self.page.get_by_label("Tags")).to_have_attribute("aria-invalid", "true")
        self.desk.check_console()

    def watched_list(self):
        """A list is kept up to date while it is looked at."""
        self.desk.visit("/jobs?queue=watched", "Jobs")
        expect(self.page.get_by_text("No job matches.")).to_be_visible()
        self.submit("email.send", {"to": "ada@example.org"}, queue="watched")
        expect(self.page.locator("tbody tr")).to_have_count(1)
        expect(self.page.locator("tbody .badge")).to_contain_text("completed")

    def shared_filter(self):
        """A filter is in the address, and shows the same to who is sent it."""
        for word in ("apple", "pear"):
            self.submit("noop", {"fruit": {"name": word}}, tags=["fruit"], queue="filtered")
        self.desk.visit("/jobs", "Jobs")
        self.page.get_by_label("Queue", exact=True).fill("filtered")
        self.page.keyboard.press("Enter")
        self.page.get_by_text("More filters").click()
        self.page.get_by_label("Payload", exact=True).fill("fruit.name=pear")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("tbody tr")).to_have_count(1)
        path = self.desk.path()
        assert "queue=filtered" in path and "payload=fruit.name%3Dpear" in path, path
        other = Dashboard(self.browser, self.url)
        other.sign_in(self.username, self.password)
        other.visit(path, "Jobs")
        expect(other.page.locator("tbody tr")).to_have_count(1)
        expect(other.page.get_by_label("Payload", exact=True)).to_have_value("fruit.name=pear")
        other.close()
        self.page.go_back()
        expect(self.page.locator("tbody tr")).to_have_count(2)

    def saved_view(self):
        self.desk.visit("/jobs?queue=filtered", "Jobs")
        self.page.get_by_role("button", name="Save this view").click()
        self.page.get_by_role("dialog").get_by_label("Name").fill("Fruit")
        self.page.get_by_role("button", name="Save", exact=True).click()
        self.desk.visit("/jobs", "Jobs")
        self.page.get_by_role("link", name="Fruit", exact=True).click()
        expect(self.page.get_by_label("Queue", exact=True)).to_have_value("filtered")

    def chosen_columns(self):
        """Columns are chosen on the page, kept by the browser, and shown alike to who is sent the address."""
        self.desk.visit("/jobs?queue=filtered", "Jobs")
        heads = self.page.locator("thead")
        expect(heads).not_to_contain_text("Tags")
        self.page.locator("summary", has_text="Columns").click()
        self.page.get_by_label("Column Tags").check()
        self.page.get_by_label("Column Note").uncheck()
        self.page.get_by_role("radio", name="Roomy").check()
        self.desk.check_axe("the choice of columns")
        self.page.keyboard.press("Escape")
        expect(self.page.locator("summary", has_text="Columns")).to_be_focused()
        expect(heads).to_contain_text("Tags")
        expect(self.page.locator("tbody tr").first).to_contain_text("fruit")
        path = self.desk.path()
        assert "columns=type%2Cid%2Cstate%2Cqueue%2Ctenant%2Ctags" in path, path
        self.desk.visit("/help", "Help")
        self.desk.visit("/jobs?queue=filtered", "Jobs")
        expect(heads).to_contain_text("Tags")
        expect(self.page.locator("html")).to_have_attribute("data-density", "roomy")
        other = Dashboard(self.browser, self.url)
        other.sign_in(self.username, self.password)
        other.visit(path, "Jobs")
        expect(other.page.locator("thead")).to_contain_text("Tags")
        expect(other.page.locator("thead")).not_to_contain_text("Note")
        other.close()
        self.page.locator("summary", has_text="Columns").click()
        self.page.get_by_role("button", name="Show the usual columns").click()
        expect(heads).to_contain_text("Note")
        assert "columns" not in self.desk.path(), self.desk.path()

    def back_again(self):
        """Whoever comes back to a list stands where they left it."""
        self.api.post("/jobs/batch", [{"type": "noop", "queue": "long", "delay": 3600}] * 50)
        self.desk.visit("/jobs?queue=long", "Jobs")
        row = self.page.locator("tbody tr").nth(40).get_by_role("link")
        row.scroll_into_view_if_needed()
        row.focus()
        depth = self.page.evaluate("scrollY")
        assert depth > 0
        self.page.keyboard.press("Enter")
        self.desk.settled("noop")
        assert self.page.evaluate("scrollY") == 0
        self.page.go_back()
        self.desk.settled("Jobs")
        expect(row).to_be_focused()
        assert self.page.evaluate("scrollY") == depth

    def revoke(self):
        """Ends the session on the server, and nowhere else."""
        self.page.evaluate(
            """() => fetch("../logout", { method: "POST", headers: {
                Authorization: `Bearer ${JSON.parse(sessionStorage["queueflow.tokens"]).access_token}` } })"""
        )

    def session_lost(self):
        """A session that ends while somebody types costs them nothing."""
        self.desk.visit("/new?type=echo", "New job")
        self.page.get_by_label("Payload (JSON)").fill('{"typed": "for half an hour"}')
        self.revoke()
        self.desk.expect_refusals(401)
        self.page.get_by_role("button", name="Submit the job").click()
        dialog = self.page.get_by_role("dialog", name="Your session has ended")
        self.desk.check_axe("signing in again")
        self.page.keyboard.press("Escape")
        dialog.get_by_label("Password").fill("not this one at all")
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog.get_by_role("alert").first).to_contain_text("password")
        dialog.get_by_label("Password").fill(self.password)
        self.page.keyboard.press("Enter")
        self.desk.settled("echo")
        expect(self.page.get_by_role("region", name="Payload, as JSON")).to_contain_text("for half an hour")

    def two_tabs(self):
        """A second tab needs no password, follows the first one's colours and tokens, and is signed out with it."""
        self.page.reload()
        second = self.desk.context.new_page()
        second.goto(f"{self.url}/dashboard/#/jobs?queue=filtered")
        expect(second.locator("tbody tr")).to_have_count(2)
        self.page.get_by_role("button", name=re.compile("^Colours")).click()
        expect(second.locator("html")).to_have_attribute("data-theme", "light")
        # A refresh token is good once: both tabs take the new one, and neither uses the old one again.
        stale = """() => { const tokens = JSON.parse(sessionStorage["queueflow.tokens"]); tokens.access_token += "x";
            return import("./lib/session.js").then(({ setTokens }) => setTokens(tokens)); }"""
        self.desk.visit("/jobs?queue=filtered", "Jobs")
        self.page.evaluate(stale)
        for tab in (self.page, second):
            tab.get_by_label("Queue", exact=True).fill("none-such")
            tab.keyboard.press("Enter")
            expect(tab.get_by_text("No job matches.")).to_be_visible()
        second.get_by_role("button", name="Sign out").first.click()
        expect(self.page.get_by_label("Password")).to_be_visible()
        self.page.get_by_label("Name").fill(self.username)
        self.page.get_by_label("Password").fill(self.password)
        self.page.keyboard.press("Enter")
        self.desk.settled("Jobs")
        expect(second.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
        second.close()

    def server_away(self):
        """What is shown while the server is away says so, and is brought up to date when it is back."""
        problem = {"title": "Unavailable", "status": 503, "detail": "The database cannot be reached."}
        answer = {"status": 503, "content_type": "application/problem+json", "body": json.dumps(problem)}
        self.desk.expect_refusals(503)
        self.desk.visit("/queues", "Queues")
        self.page.route(re.compile(r"/queues\?"), lambda route: route.fulfill(**answer))
        expect(self.page.get_by_text("What is shown may be out of date. The database cannot be reached.")).to_be_visible()
        self.page.unroute_all()
        expect(self.page.get_by_text("What is shown may be out of date.")).to_have_count(0)
        self.page.route(re.compile(r"/jobs\?"), lambda route: route.fulfill(**answer))
        self.desk.open("/jobs?queue=filtered")
        expect(self.page.get_by_role("alert").filter(has_text="The database cannot be reached.")).to_be_visible()
        expect(self.page.get_by_text("No job matches.")).to_be_hidden()
        self.page.unroute_all()
        expect(self.page.locator("tbody tr")).to_have_count(2)

    # What goes wrong, and what one does about it.

    def replay_edited(self):
        """A dead letter is looked at and tried again with another payload."""
        job = self.submit("image.process", {"url": "cat.png", "width": 320}, max_attempts=1)
        self.desk.visit(f"/jobs/{job}", "image.process")
        self.badge("dead")
        expect(self.page.locator(".errors")).to_contain_text("nothing that processes images")
        self.page.get_by_role("button", name="Edit and retry").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Payload").fill('{"url": "dog.png", "width": 12345678901234567890}')
        dialog.get_by_role("button", name="Retry").click()
        expect(dialog).to_have_count(0)
        expect(self.page.get_by_role("region", name="Payload, as JSON")).to_contain_text("dog.png")
        expect(self.page.get_by_role("region", name="Payload, as JSON")).to_contain_text("12345678901234567890")
        expect(self.page.locator(".stretches li strong")).to_have_count(2)
        self.jobs["image"] = job

    def cancel_running(self):
        job = self.submit("sleep", {"seconds": 600})
        self.desk.visit(f"/jobs/{job}", "sleep")
        self.badge("running")
        self.page.get_by_role("button", name="Cancel", exact=True).click()
        self.page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
        self.badge("cancelled")

    def why_it_waits(self):
        """A queue is paused, and the job says that this is why it waits."""
        self.submit("noop", queue="halted")
        self.api.post("/queues/halted/pause")
        job = self.submit("noop", queue="halted")
        self.desk.visit(f"/jobs/{job}", "noop")
        why = self.page.get_by_role("region", name="Why it is not running")
        expect(why).to_contain_text("paused")
        self.api.post("/queues/halted/resume")
        self.badge("completed")
        expect(why).to_have_count(0)

    def edit_waiting(self):
        job = self.submit("noop", {"a": 1}, delay=3600)
        self.desk.visit(f"/jobs/{job}", "noop")
        self.page.get_by_role("button", name="Edit", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Payload").fill('{"a": 2}')
        dialog.get_by_label("Priority").select_option("high")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        expect(self.page.get_by_role("region", name="Payload, as JSON")).to_contain_text("2")
        assert self.api.get(f"/jobs/{job}")["priority"] == "high"

    def delete(self):
        self.desk.visit(f"/jobs/{self.jobs['echo']}", "echo")
        self.page.get_by_role("button", name="Delete").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
        dialog.get_by_label("Type delete to go on").fill("delete")
        dialog.get_by_role("button", name="Delete").click()
        self.desk.settled("Jobs")

    def bulk_retry(self):
        """Ten thousand dead letters are tried again at once: counted first, then watched."""
        letters = [{"type": "image.process", "queue": "bulk", "max_attempts": 1}] * MANY
        self.api.post("/jobs/batch", letters)
        while self.api.get("/queues/bulk")["depth"]["dead"] < MANY:
            self.page.wait_for_timeout(100)
        self.desk.visit("/jobs?state=dead&queue=bulk", "Jobs")
        expect(self.page.get_by_text(re.compile(r"[\d\s]+\+? jobs match"))).to_be_visible()
        self.page.get_by_label("Select all rows of this page").check()
        self.page.get_by_role("button", name=re.compile("Select all that match")).click()
        self.page.locator(".selection").get_by_role("button", name="Retry").click()
        dialog = self.page.get_by_role("dialog")
        # How far counting comes in the time that it has is a matter of the machine.
        expect(dialog).to_contain_text(re.compile(r"Retry [\d\s]+\+? jobs"))
        dialog.get_by_label("Type retry to go on").fill("retry")
        dialog.get_by_role("button", name=re.compile("^Retry")).click()
        expect(self.page.get_by_role("progressbar")).to_be_visible()
        # What was said before may still be there.
        expect(self.page.locator(".toast", has_text=re.compile(r"10\s000 jobs retried"))).to_be_visible(timeout=120_000)

    # What must hold for every page.

    def harmless(self):
        """Names and texts that are markup are shown as they are."""
        job = self.submit("echo", {NASTY: NASTY, "שלום": "\u202egnp.exe 🚀"}, tags=[NASTY[:100]], max_attempts=1)
        self.desk.visit(f"/jobs/{job}", "echo")
        self.badge("completed")
        payload = self.page.get_by_role("region", name="Payload, as JSON")
        expect(payload).to_contain_text("<img src=x")
        # Letters are shown as such, but none that turns round what follows it.
        expect(payload).to_contain_text("שלום")
        expect(payload).to_contain_text("\\u202egnp.exe 🚀")
        self.desk.check_harmless()
        self.desk.open(f"/jobs?text={urllib.request.quote(NASTY)}")
        self.desk.settled("Jobs")
        self.desk.check_harmless()

    def by_keyboard(self):
        """From page to page, row to row and into a job without a mouse."""
        self.desk.visit("/help", "Help")
        self.page.reload()
        self.desk.settled("Help")
        self.page.keyboard.press("Tab")
        expect(self.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()
        self.page.keyboard.press("g")
        self.page.keyboard.press("j")
        self.desk.settled("Jobs")
        expect(self.page.get_by_role("heading", name="Jobs", level=1)).to_be_focused()
        self.page.keyboard.press("?")
        expect(self.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        self.desk.check_axe("the shortcuts")
        self.page.keyboard.press("Escape")
        self.page.locator(".table-scroll").focus()
        self.page.keyboard.press("j")
        expect(self.page.locator("tbody tr:first-child .row-link")).to_be_focused()
        self.page.keyboard.press("j")
        self.page.keyboard.press("x")
        expect(self.page.locator("tbody tr:nth-child(2)")).to_have_class("selected")
        self.page.keyboard.press("Enter")
        expect(self.page).to_have_url(re.compile("#/jobs/"))
        expect(self.page.get_by_role("button", name="Duplicate")).to_be_visible()
        expect(self.page.locator("main [aria-busy]")).to_have_count(0)
        self.page.keyboard.press("/")
        self.page.keyboard.press("u")
        self.desk.settled("Jobs")

    def flooded(self):
        """A flood of events changes the rows that are shown and nothing else, a frame at a time."""
        for _ in range(2):
            self.submit("noop", queue="flooded", delay=3600)
        self.desk.visit("/jobs?queue=flooded", "Jobs")
        rows = self.page.locator("tbody tr").count()
        job = self.api.get("/jobs?queue=flooded&limit=1")["jobs"][0]
        seen = {name: job[name] for name in ("id", "state", "type", "queue", "tenant", "priority", "attempt", "run")}
        events = [json.dumps({**seen, "id": seen["id"] if index % 10 == 0 else f"{index}", "attempt": index}) for index in range(1_900)]
        body = "".join(f"event: job\ndata: {event}\n\n" for event in events)
        self.page.route(re.compile(r"/events(\?|$)"), lambda route: route.fulfill(content_type="text/event-stream", body=body))
        # Only what the events say is to be seen.
        self.page.route(re.compile(r"/jobs\?"), lambda route: route.abort())
        self.desk.expected.append("ERR_FAILED")
        self.page.evaluate(
            """() => { window.longest = 0; let last = performance.now();
            const frame = (now) => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(frame); };
            requestAnimationFrame(frame); }"""
        )
        for _ in range(2):
            self.page.get_by_role("button", name=re.compile("^Live updates")).click()
        expect(self.page.locator(f"tbody tr:has(a[href*='{seen['id']}'])")).to_contain_text("1890/5")
        assert self.page.locator("tbody tr").count() == rows, "events that no row is of made rows"
        longest = self.page.evaluate("window.longest")
        assert longest < 500, f"a frame took {longest} ms"
        self.page.unroute_all()

    def every_page(self):
        """Each page is accessible in both themes, and fits a phone."""
        letter = self.jobs.get("image") or self.submit("image.process", {"url": "cat.png"}, max_attempts=1)
        long = self.submit("t" * 100, queue="q" * 100, tags=["x" * 100], delay=3600)
        pages = [
            ("/", "Overview"), ("/?range=day", "Overview"), ("/jobs", "Jobs"), ("/jobs?queue=none-such", "Jobs"),
            (f"/jobs/{letter}", "image.process"), (f"/jobs/{long}", "t" * 100), ("/new?type=echo", "New job"), ("/help", "Help"), ("/nowhere", "Nothing here"),
        ]
        phone = Dashboard(self.browser, self.url, size=PHONE, theme="dark")
        phone.expected = self.desk.expected
        phone.sign_in(self.username, self.password)
        for path, heading in pages:
            for window, what in ((self.desk, "desk"), (phone, "phone")):
                window.visit(path, heading)
                window.check_axe(f"{path} on a {what}")
                window.check_width(f"{path} on a {what}")
        phone.check_console()
        phone.page.get_by_role("button", name="Menu").click()
        phone.check_axe("the menu on a phone")
        phone.close()

    def below_a_prefix(self):
        """Behind a proxy that shows the API somewhere below a site, everything is found there: the bare address leads to the page, too."""
        with prefix_proxy(self.url) as url:
            window = Dashboard(self.browser, url)
            window.page.goto(f"{url}/dashboard")
            assert window.page.url.startswith(f"{url}/dashboard/"), window.page.url
            window.expected = self.desk.expected
            window.sign_in(self.username, self.password)
            window.visit("/jobs?queue=flooded", "Jobs")
            expect(window.page.locator("tbody tr")).to_have_count(2)
            expect(window.page.get_by_role("button", name="Live updates: Live")).to_be_visible()
            window.check_console()
            window.close()

    def sign_out(self):
        self.page.get_by_role("button", name="Sign out").first.click()
        expect(self.page.get_by_role("heading", name="QueueFlow")).to_be_visible()
        assert self.page.evaluate("sessionStorage.length") == 0
        self.page.reload()
        expect(self.page.get_by_label("Password")).to_be_visible()

    def console(self):
        self.desk.check_console()
        self.desk.check_harmless()


def main() -> None:
    with browser() as chromium:
        walk = Walk(chromium, *sys.argv[1:])
        run([(name, getattr(walk, name)) for name, calls in STEPS if walk.api.offers(*calls)])


if __name__ == "__main__":
    main()
