"""The dashboard of a node that has much to show: a thousand destinations, some of them in trouble,
and a hundred thousand dead letters. What is measured is the page."""

import re

import pytest
from playwright.sync_api import expect

from harness.http import post
from harness.loader import Loader
from harness.senders import shop_event, whatsapp_request, whatsapp_statuses
from harness.settings import destination, route, settings, shop_source, whatsapp_source
from harness.sink import OK, Reply
from harness.waiting import eventually

DESTINATIONS = 1000
IN_TROUBLE = 10
DEAD = 100_000
DEAD_BY_REQUEST = 100
ROWS_MADE_MAX = 80
USABLE_MS = 1000  # until a page has painted what came of a click


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


def name_of(number):
    return f"client-{number:04}"


@pytest.fixture
def crowded(make_node, sink):
    """One event for a thousand destinations, every hundredth of which is in trouble."""
    names = [name_of(number) for number in range(DESTINATIONS)]
    sink.respond = lambda arrival: Reply(503) if arrival.path.endswith("00") else OK
    node = make_node(settings(
        sources={"shop": shop_source()},
        destinations={name: destination(f"{sink.url}/{name}") for name in names},
        routes=[route("shop", *names, name="to-all")])).start()
    assert post(node.ingest, shop_event("for-all")).status == 202

    def only_trouble_waits():
        known = node.admin.get("/v1/destinations")["destinations"]
        return sum(each["deliveries"]["pending"] for each in known) == IN_TROUBLE

    eventually(only_trouble_waits, 60, "all others are delivered")
    return node


@pytest.fixture
def bereaved(make_node, sink):
    """A hundred thousand events that no route takes."""
    node = make_node(settings(
        sources={"shop": shop_source(), "waba": whatsapp_source()},
        destinations={"client": destination(sink.url)}, routes=[route("shop", "client")])).start()
    requests = (whatsapp_request(whatsapp_statuses(
        *(f"wamid.{first + number}" for number in range(DEAD_BY_REQUEST))))
        for first in range(0, DEAD, DEAD_BY_REQUEST))
    loader = Loader(lambda: node.ingest, requests, connections=4).start()
    loader.join(120)
    assert loader.statuses == {200: DEAD // DEAD_BY_REQUEST}
    assert node.admin.counts("-")["dead"] == DEAD
    return node


def test_a_thousand_destinations(crowded, open_dashboard):
    dashboard = open_dashboard(crowded.admin.url)
    page = dashboard.open().page
    label = "Destinations, those in trouble first"
    rows = dashboard.rows(label)
    for row in range(IN_TROUBLE):
        expect(rows.nth(row)).to_contain_text(re.compile("client-0[0-9]00"))
    assert rows.count() <= ROWS_MADE_MAX
    to_the_end = painted_after(page, """() => {
      const table = document.querySelector('.table-scroll');
      table.scrollTop = table.scrollHeight;
    }""")
    expect(dashboard.table(label)).to_contain_text("client-0999")
    assert rows.count() <= ROWS_MADE_MAX
    typed = painted_after(page, """() => {
      const find = document.querySelector('input[type=search]');
      find.value = 'client-0345';
      find.dispatchEvent(new Event('input', {bubbles: true}));
    }""")
    expect(rows).to_have_count(1)
    print(f"scrolled to the end in {to_the_end:.0f} ms, found one in {typed:.0f} ms")
    assert max(to_the_end, typed) < USABLE_MS
    dashboard.picture("volume-destinations")


def test_a_very_long_dead_list(bereaved, open_dashboard):
    dashboard = open_dashboard(bereaved.admin.url)
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
        page, "() => { document.querySelector('.table-scroll').scrollTop = 34 * 50000; }")
    assert rows.count() <= ROWS_MADE_MAX
    one = painted_after(page, "() => document.querySelector('td input').click()")
    expect(page.get_by_text(f"{DEAD - 1:,} selected")).to_be_visible()
    print(f"of {DEAD}: all selected in {everything:.0f} ms, scrolled in {back:.0f} ms, "
          f"one taken back in {one:.0f} ms, {rows.count()} rows made")
    assert max(everything, back, one) < USABLE_MS
    dashboard.picture("volume-dead")
