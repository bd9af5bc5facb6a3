"""The dashboard in a real browser, Debian's Chromium, for the scripts that use its pages as people do."""

import contextlib
import json
import shutil
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

DESK, PHONE = (1440, 900), (375, 812)
THEMES = ("light", "dark")
# What axe is asked: WCAG 2.0 to 2.2, A and AA, and its own good practices.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
# A name that is markup, a script and an address at once. Shown as it is, it does nothing.
NASTY = """<img src=x onerror="window.harm=1"><script>window.harm=2</script>javascript:window.harm=3"""

expect.set_options(timeout=15_000)


class API:
    """The REST API, for what a page need not do itself."""

    def __init__(self, url, username, password):
        self.url = url
        self.token = None
        self.token = self.post("/login", {"username": username, "password": password})["access_token"]

    def send(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
            return json.loads(content) if content else None

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, body=None):
        return self.send("POST", path, body)

    def offers(self, *calls):
        """Whether the server has these calls. What pages say without them is looked at where it has not."""
        return set(self.get("/openapi.json")["paths"]).issuperset(calls)

    def ended(self, job):
        """The job as it is when it has ended."""
        while True:
            found = self.get(f"/jobs/{job}?wait=30")
            if found["state"] in ("completed", "dead", "cancelled"):
                return found


class Dashboard:
    """A window of the browser in which somebody may sign in. Collects what the console complains of."""

    def __init__(self, browser, url, size=DESK, theme="light", **options):
        self.url = url.rstrip("/")
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, reduced_motion="reduce",
            locale="en-GB", timezone_id="Europe/Berlin", **options,
        )
        self.page: Page = self.context.new_page()
        self.complaints = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.expected = []

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} at {message.location.get('url')}")

    def open(self, path="/"):
        """Goes to a page by its path within the dashboard."""
        self.page.goto(f"{self.url}/dashboard/#{path}")
        # A part of the address alone is told to the page by an event.
        self.page.evaluate("() => new Promise((done) => setTimeout(done))")

    def sign_in(self, username, password):
        self.open()
        self.page.get_by_label("Name").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

    def visit(self, path, heading):
        """Goes to a page and waits until it is drawn."""
        self.open(path)
        self.settled(heading)

    def settled(self, heading):
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        expect(self.page.locator("main [aria-busy]")).to_have_count(0)

    def path(self):
        """The path and query of the page that is shown."""
        return self.page.url.split("#", 1)[1]

    def expect_refusals(self, *statuses):
        """The console tells of every answer that is an error. These are meant."""
        self.expected += [f"status of {status}" for status in statuses]

    def check_console(self):
        """Nothing was complained of, but what was meant."""
        found = [text for text in self.complaints if not any(part in text for part in self.expected)]
        assert not found, "the console says:\n" + "\n".join(found)
        self.complaints.clear()

    def check_harmless(self):
        """No text has become a script."""
        assert self.page.evaluate("window.harm") is None, "a text was run as a script"

    def theme(self, name):
        self.page.evaluate("""name => { document.documentElement.dataset.theme = name }""", name)

    def check_axe(self, what):
        """axe finds nothing wrong with the page as it is, in light and in dark."""
        for theme in THEMES:
            self.theme(theme)
            results = Axe().run(self.page, options=RULES).response["violations"]
            lines = [
                f"{one['id']}: {one['help']}: {node['target']}: {node.get('failureSummary', '')}" for one in results for node in one["nodes"][:4]
            ]
            assert not lines, f"axe on {what}, {theme}:\n" + "\n".join(lines)

    def check_width(self, what):
        """Nothing sticks out at the side."""
        wide, seen = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= seen, f"{what} is {wide} wide on a screen of {seen}"

    def close(self):
        self.context.close()


@contextlib.contextmanager
def browser():
    """Debian's Chromium, without a screen."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("there is no chromium; apt-get install chromium")
    with sync_playwright() as playwright:
        # Root may not have a sandbox; what it opens is our own pages.
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield chromium
        finally:
            chromium.close()


def run(steps):
    """Does each step and says which it was; ends with 1 when one fails."""
    for step, work in steps:
        work()
        print(f"ok {step}", flush=True)
