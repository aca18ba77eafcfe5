"""The dashboard where there is much to show: a thousand destinations and a dead list of tens of
thousands. The node is real, the answers about them are made up; what is measured is the page."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import expect

from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

DESTINATIONS = 1000
DEAD = 30_000
ROWS_MADE_MAX = 80
STATES = ("pending", "delivered", "dead", "superseded", "expired", "purged")


def painted_after(page, act):
    """How long, in milliseconds, until the page has painted what came of a function."""
    return page.evaluate("""async () => {
      const painted = () => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(done)));
      const began = performance.now();
      (%s)();
      await painted();
      return performance.now() - began;
    }""" % act)


def named(number):
    pending = number if number % 100 == 0 else 0
    counts = dict.fromkeys(STATES, 0) | {"pending": pending, "delivered": 100 * number}
    return {"name": f"client-{number:04}", "url": f"https://client-{number}.example/hook",
            "orphaned": False, "state": "running", "paused_since": None, "pause_reason": None,
            "in_flight": 0, "oldest_pending_seconds": float(pending) or None,
            "deliveries": counts | {"accepted": sum(counts.values())}}


def letter(number):
    return {"event_id": f"01a22386-1c8a-7b08-b6b0-{number:012x}", "source": "shop",
            "received": "2026-11-28T18:58:41.419523Z", "body_bytes": 512,
            "destination": f"client-{number % DESTINATIONS:04}", "state": "dead",
            "reason": "exhausted", "generation": 1, "attempts_made": 17, "last_status": 503,
            "order": "none", "blocked": False, "parked": False, "out_of_order": False,
            "custody": "local", "opened": "2026-11-25T18:58:41.419523Z",
            "updated": "2026-11-28T18:58:41.419523Z", "due": None,
            "last_error": {"at": "2026-11-28T18:58:41.419523Z", "outcome": "deferred",
                           "status": 503, "error": None}}


def dead_page(request):
    query = parse_qs(urlparse(request.url).query)
    first = int(query.get("cursor", ["0"])[0])
    end = min(first + int(query["limit"][0]), DEAD)
    return {"deliveries": [letter(number) for number in range(first, end)],
            "scanned": end - first, "next_cursor": None if end == DEAD else str(end)}


@pytest.fixture
def dashboard(make_node, sink, open_dashboard):
    node = make_node(settings(sources={"shop": shop_source()},
                              destinations={"client": destination(sink.url)},
                              routes=[route("shop", "client")])).start()
    dashboard = open_dashboard(node.admin.url)
    answers = {"destinations": [named(number) for number in range(DESTINATIONS)]}
    route_to = dashboard.page.route
    route_to("**/v1/stream", lambda routed: routed.fulfill(status=503, body=""))
    route_to("**/v1/destinations", lambda routed: routed.fulfill(json=answers))
    route_to("**/v1/dead?*", lambda routed: routed.fulfill(json=dead_page(routed.request)))
    return dashboard


def test_a_thousand_destinations(dashboard):
    page = dashboard.open().page
    rows = dashboard.rows("Destinations, those in trouble first")
    expect(rows.first).to_contain_text("client-0900")
    assert rows.count() <= ROWS_MADE_MAX
    to_the_end = painted_after(page, """() => {
      const table = document.querySelector('.table-scroll');
      table.scrollTop = table.scrollHeight;
    }""")
    expect(dashboard.table("Destinations, those in trouble first")).to_contain_text("client-0999")
    assert rows.count() <= ROWS_MADE_MAX
    find = page.get_by_label("Find a destination")
    find.fill("client-07")
    expect(rows.first).to_contain_text("client-0700")
    typed = painted_after(page, """() => {
      const find = document.querySelector('input[type=search]');
      find.value = 'client-0345';
      find.dispatchEvent(new Event('input', {bubbles: true}));
    }""")
    expect(rows).to_have_count(1)
    print(f"scrolled to the end in {to_the_end:.0f} ms, found one in {typed:.0f} ms")
    assert to_the_end < 1000 and typed < 1000
    dashboard.picture("volume-destinations")


def test_a_very_long_dead_list(dashboard):
    page = dashboard.open("/dead").page
    rows = dashboard.rows("Dead letters")
    expect(rows.first).to_be_visible()

    def scrolled_through():
        page.evaluate("""() => {
          const table = document.querySelector('.table-scroll');
          table.scrollTop = table.scrollHeight;
        }""")
        return page.get_by_text("that is all").count() == 1

    eventually(scrolled_through, 120, "the end of the list")
    expect(page.get_by_text(re.compile(f"{DEAD:,} dead letters shown"))).to_be_visible()
    assert rows.count() <= ROWS_MADE_MAX
    everything = painted_after(page, "() => document.querySelector('th input').click()")
    expect(page.get_by_text(f"{DEAD:,} selected")).to_be_visible()
    back = painted_after(
        page, "() => { document.querySelector('.table-scroll').scrollTop = 34 * 15000; }")
    expect(dashboard.table("Dead letters").get_by_text("client-0000")).to_have_count(1)
    one = painted_after(page, "() => document.querySelector('td input').click()")
    expect(page.get_by_text(f"{DEAD - 1:,} selected")).to_be_visible()
    print(f"of {DEAD}: all selected in {everything:.0f} ms, scrolled in {back:.0f} ms, "
          f"one taken back in {one:.0f} ms, {rows.count()} rows made")
    assert max(everything, back, one) < 1000
    dashboard.picture("volume-dead")
