"""The dashboard in a browser: Debian's Chromium, driven by Playwright. Whatever a page should never
do (an error in its console, a refusal by its own policy, a request to somebody else) is remembered
and fails the test."""

import json
import os
import pathlib

from playwright.sync_api import expect

ROOT = pathlib.Path(__file__).resolve().parents[3]
AXE = ROOT / "build/dashboard/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "build/dashboard-pictures"
CHROMIUM = "/usr/bin/chromium"

DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
WAIT_MS = 15_000

expect.set_options(timeout=WAIT_MS)


def launch(playwright):
    # Root has no sandbox; nobody else's pages are shown here.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)


class Dashboard:
    """One page of a browser context of its own."""

    def __init__(self, browser, url, viewport=None, scheme="light"):
        self.url = url
        self.complaints = []
        self.expected = ()  # beginnings of console errors that a test provokes
        self.context = browser.new_context(viewport=viewport or DESKTOP, color_scheme=scheme,
                                           accept_downloads=True)
        self.context.add_init_script(path=AXE)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message):
        # An answer that is no 2xx is the page's to show, and the test's to expect.
        if message.type != "error" or message.text.startswith("Failed to load resource"):
            return
        if not message.text.startswith(self.expected or ("\0",)):
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request):
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.complaints.append(f"asked somebody else: {request.url}")

    def open(self, place=""):
        """A page by its hash, such as "/events?state=dead"."""
        self.page.goto(f"{self.url}/#{place or '/'}")
        return self

    def sign_in(self, token):
        self.open()
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Pages")).to_be_visible()
        return self

    def heading(self, name):
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def button(self, name, exact=False):
        return self.page.get_by_role("button", name=name, exact=exact)

    def dialog(self):
        return self.page.get_by_role("dialog")

    def confirm(self, name):
        """Answers the question that is asked with yes."""
        self.dialog().get_by_role("button", name=name).click()
        expect(self.dialog()).to_have_count(0)

    def table(self, name):
        return self.page.get_by_role("group", name=name, exact=True)

    def rows(self, name):
        return self.table(name).locator("tbody tr:not(.spacer)")

    def tile(self, label):
        """The value that stands under a label."""
        return self.page.locator(".tile", has=self.page.get_by_text(label, exact=True)).locator(
            ".value")

    def told(self, text):
        expect(self.page.locator(".toast", has_text=text)).to_be_visible()

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def barriers(self):
        """What axe finds that keeps people out: serious and critical."""
        found = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [json.dumps({"rule": each["id"], "impact": each["impact"], "help": each["help"],
                            "nodes": [node["html"][:200] for node in each["nodes"][:5]]})
                for each in found if each["impact"] in ("serious", "critical")]

    def close(self):
        self.context.close()
