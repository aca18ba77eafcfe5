"""The dashboard in Chromium over a real node: every page and every action, and what each leaves
behind in the API. Pictures land in build/dashboard-pictures."""

import json
import re

from playwright.sync_api import expect

from harness.dashboard_world import OPERATOR, VIEWER
from harness.http import post
from harness.senders import shop_event
from harness.sink import OK
from harness.waiting import eventually


def test_only_who_has_a_token_comes_in(world, open_dashboard):
    dashboard = open_dashboard(world.url).open()
    page = dashboard.page
    expect(dashboard.button("Sign in")).to_be_disabled()
    page.get_by_label("Token").fill("a-guess")
    dashboard.button("Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    dashboard.picture("sign-in-refused")
    assert dashboard.context.cookies() == []
    dashboard.sign_in(OPERATOR)
    cookie, = dashboard.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict", cookie
    expect(page.get_by_text("oncall (operator)")).to_be_visible()
    page.reload()
    expect(page.get_by_text("oncall (operator)")).to_be_visible()
    dashboard.button("Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Token")).to_be_visible()


def test_the_overview_says_who_is_in_trouble_and_since_when(world, dashboard):
    page = dashboard.page
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    destinations = dashboard.rows("Destinations, those in trouble first")
    expect(destinations).to_have_count(4)
    first = destinations.first
    expect(first).to_contain_text("gone")
    expect(first.locator(".badge")).to_have_text(re.compile("Down|Stalled"), timeout=40_000)
    expect(first).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    expect(page.get_by_text(re.compile("in trouble"))).to_be_visible()
    dashboard.picture("overview-light")
    # What happens is shown without asking for it.
    before = world.admin.get("/v1/summary")["deliveries"]["accepted"]
    expect(dashboard.tile("Accepted")).to_have_text(f"{before:,}")
    world.send(3)
    expect(dashboard.tile("Accepted")).to_have_text(f"{before + 9:,}")
    for label, text in (("Books", "balance"), ("Dead", str(world.DEAD + 3))):
        expect(dashboard.tile(label)).to_have_text(text)
    page.get_by_label("Find a destination").fill("pick")
    expect(destinations).to_have_count(1)
    expect(destinations.first).to_contain_text("picky")


def test_a_destination_is_tested_paused_and_resumed(world, dashboard):
    page = dashboard.open("/destinations/gone").page
    dashboard.heading("gone")
    dashboard.button("Test").click()
    expect(page.get_by_text(re.compile("No connection came about"))).to_be_visible()
    dashboard.picture("destination-light")

    dashboard.button("Pause").click()
    dashboard.dialog().get_by_label("Reason").fill("moves house, ticket 17")
    dashboard.confirm("Pause")
    dashboard.told("gone is paused")
    gone = world.admin.destination("gone")
    assert (gone["state"], gone["pause_reason"]) == ("paused", "moves house, ticket 17")
    expect(page.get_by_text("Paused: moves house, ticket 17")).to_be_visible()

    dashboard.button("Resume").click()
    expect(dashboard.dialog()).to_contain_text("moves house, ticket 17")
    dashboard.confirm("Resume")
    eventually(lambda: world.admin.destination("gone")["state"] == "running", 5, "it runs")
    expect(dashboard.button("Pause")).to_be_visible()

    dashboard.open("/destinations/good")
    dashboard.button("Test").click()
    expect(page.get_by_text(re.compile("The test arrived: 200"))).to_be_visible()
    dashboard.open("/destinations/picky")
    expect(dashboard.table("Recent attempts")).to_contain_text("no such field")
    expect(page.get_by_text("rejected, answered 400").first).to_be_visible()


def test_an_event_is_found_read_and_sent_again(world, dashboard):
    page = dashboard.open("/events").page
    event_id = world.events[0]
    page.get_by_label("Event id").fill(event_id)
    dashboard.button("Search").click()
    dashboard.heading("Event")
    expect(page.get_by_text("picky").first).to_be_visible()
    expect(page.locator(".timeline").get_by_text("no such field").first).to_be_visible()
    expect(page.get_by_text("Content-Type")).to_be_visible()

    dashboard.button("Show").click()
    body = page.locator("pre.body")
    expect(body).to_contain_text('"id": "unit-0"')
    dashboard.picture("event-light")
    dashboard.button("As it came").click()
    expect(body).to_contain_text('"id":"unit-0"')
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert json.loads(download.value.path().read_bytes())["id"] == "unit-0"

    before = len(world.good.by_id[event_id])
    dashboard.button("Replay to good").click()
    expect(dashboard.dialog()).to_contain_text("good already took it")
    dashboard.confirm("Replay")
    eventually(lambda: len(world.good.by_id[event_id]) == before + 1, 10, "it arrives once more")
    assert world.admin.delivery(event_id, "good")["generation"] == 2


def test_events_are_searched_for(world, dashboard):
    page = dashboard.open("/events").page
    found = dashboard.rows("Events")
    expect(found).to_have_count(world.SENT)
    page.get_by_label("Source").fill("shop")
    page.get_by_label("Idempotency key").fill("unit-3")
    dashboard.button("Search").click()
    expect(found).to_have_count(1)
    expect(found.first.locator("a").first).to_have_attribute("href", re.compile(world.events[3]))
    dashboard.open("/events")
    page.get_by_label("Ordering key").fill("customer-1")
    dashboard.button("Search").click()
    expect(found).to_have_count(len(world.units_of(1)))
    dashboard.open("/events")
    page.get_by_label("Destination").fill("picky")
    page.get_by_label("State").select_option("dead")
    dashboard.button("Search").click()
    expect(found).to_have_count(world.DEAD)
    dashboard.open("/events")
    page.get_by_label("Received before").fill("2020-01-01T00:00:01")
    dashboard.button("Search").click()
    expect(page.get_by_text("No event matches.")).to_be_visible()


def test_dead_letters_are_replayed_one_by_one_and_by_filter(world, dashboard):
    page = dashboard.open("/dead?destination=picky").page
    letters = dashboard.rows("Dead letters")
    expect(letters).to_have_count(world.DEAD)
    expect(dashboard.button("Replay selected")).to_have_attribute("aria-disabled", "true")
    world.picky.respond = lambda arrival: OK
    for position in (0, 1):
        letters.nth(position).get_by_role("checkbox").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    dashboard.picture("dead-light")
    dashboard.button("Replay selected").click()
    dashboard.confirm("Replay 2")
    dashboard.told("2 deliveries opened again.")
    eventually(lambda: world.admin.counts("picky")["delivered"] == 2, 10, "two are delivered")
    expect(letters).to_have_count(world.DEAD - 2)

    dashboard.button("Replay all that match").click()
    dialog = dashboard.dialog()
    expect(dialog).to_contain_text(f"{world.DEAD - 2} deliveries match.")
    dialog.get_by_label("Deliveries a second").fill("4")
    dashboard.picture("dead-replay-light")
    dashboard.confirm(f"Replay {world.DEAD - 2}")
    dashboard.heading(re.compile("Job 1"))
    expect(page.get_by_text("running", exact=True)).to_be_visible()
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    expect(dashboard.tile("Done")).to_have_text(str(world.DEAD - 2))
    dashboard.picture("job-light")
    job = world.admin.get("/v1/jobs/1")
    assert (job["kind"], job["done"], job["rate"]) == ("replay", world.DEAD - 2, 4)
    eventually(lambda: world.admin.counts("picky")["delivered"] == world.DEAD, 10, "delivered")
    dashboard.open("/dead")
    expect(page.get_by_text("There is none.", exact=False)).to_be_visible()


def test_dead_letters_are_dropped_after_a_question_that_says_how_many(world, dashboard):
    dashboard.open("/dead?destination=picky&reason=rejected")
    expect(dashboard.rows("Dead letters")).to_have_count(world.DEAD)
    dashboard.button("Drop all that match").click()
    expect(dashboard.dialog()).to_contain_text(f"{world.DEAD} deliveries match.")
    expect(dashboard.dialog()).to_contain_text("cannot be undone")
    dashboard.page.keyboard.press("Escape")
    expect(dashboard.dialog()).to_have_count(0)
    assert world.admin.counts("picky")["dead"] == world.DEAD
    dashboard.button("Drop all that match").click()
    dashboard.confirm(f"Drop {world.DEAD}")
    expect(dashboard.tile("Done")).to_have_text(str(world.DEAD))
    assert world.admin.counts("picky")["purged"] == world.DEAD


def test_a_job_is_cancelled(world, dashboard):
    world.admin.post("/v1/dead/replay", {"filter": {}, "rate": 1}, expected=202)
    dashboard.open("/jobs")
    expect(dashboard.rows("Jobs")).to_contain_text("running")
    dashboard.button("Cancel job 1").click()
    dashboard.confirm("Cancel the job")
    eventually(lambda: world.admin.get("/v1/jobs/1")["state"] == "cancelled", 5, "cancelled")
    expect(dashboard.rows("Jobs")).to_contain_text("cancelled")
    dashboard.picture("jobs-light")


def test_what_a_person_asks_for_is_erased(world, dashboard):
    page = dashboard.open("/events").page
    page.get_by_role("link", name=re.compile("Erase")).click()
    expect(dashboard.button("Count what matches")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("By").select_option("json")
    page.get_by_label("JSON Pointer").fill("/customer")
    page.get_by_role("textbox", name=re.compile("^Value")).fill("customer-1")
    dashboard.button("Count what matches").click()
    number = len(world.units_of(1))
    expect(page.get_by_text(f"{number} events")).to_be_visible()
    dashboard.picture("purge-light")
    dashboard.button("Erase …").click()
    expect(dashboard.dialog()).to_contain_text("for good")
    dashboard.confirm(f"Erase {number}")
    expect(dashboard.tile("Done")).to_have_text(str(number))
    erased = world.events[world.units_of(1)[0]]
    assert {each["state"] for each in world.admin.event(erased)["deliveries"]} == {"purged"}
    assert "customer-1" not in json.dumps(world.admin.get("/v1/actions"))


def test_the_books_are_shown_and_proven(world, dashboard):
    page = dashboard.open("/audit").page
    expect(page.get_by_text("The books balance", exact=False)).to_be_visible()
    dashboard.button("Read the whole journal").click()
    expect(page.get_by_text("Proven", exact=False)).to_be_visible()
    dashboard.picture("audit-light")


def test_books_that_do_not_balance_are_not_overlooked(world, dashboard):
    report = world.admin.get("/v1/audit")
    report.update(balanced=False, unaccounted=3)
    report["destinations"]["picky"]["accepted"] += 3
    dashboard.page.route("**/v1/audit", lambda route: route.fulfill(json=report))
    dashboard.open("/audit")
    expect(dashboard.page.get_by_role("alert")).to_contain_text("The books do not balance.")
    expect(dashboard.rows("The books of each destination").nth(1)).to_contain_text("picky")
    dashboard.picture("audit-wrong")


def test_who_did_what_is_told(world, dashboard):
    dashboard.open("/destinations/good")
    dashboard.button("Pause").click()
    dashboard.confirm("Pause")
    page = dashboard.open("/actions").page
    first = dashboard.rows("Actions").first
    expect(first).to_contain_text("destination.pause")
    expect(first).to_contain_text("oncall")
    dashboard.picture("actions-light")
    first.get_by_role("link", name="good").click()
    dashboard.heading("good")
    expect(page.get_by_text("Paused", exact=False).first).to_be_visible()


def test_the_configuration_is_shown_and_reloaded(world, dashboard):
    page = dashboard.open("/config").page
    expect(dashboard.table("Routes")).to_contain_text("shop-to-")
    right = world.node.config_path.read_text()
    world.node.rewrite(right.replace('"picky"', '"pick y"', 1))
    dashboard.button("Reload").click()
    dashboard.dialog().get_by_role("button", name="Reload").click()
    expect(dashboard.dialog().get_by_role("alert")).to_contain_text("spillway.yaml")
    dashboard.picture("config-refused")
    world.node.rewrite(right)
    dashboard.confirm("Reload")
    dashboard.told("taken up")
    assert world.admin.get("/v1/config")["last_reload"]["ok"]
    dashboard.picture("config-light")
    world.node.rewrite(right.replace('"threads": 2', '"threads": 3', 1))
    dashboard.button("Reload").click()
    dashboard.confirm("Reload")
    dashboard.told("threads")
    expect(page.get_by_text("only after a restart: threads")).to_be_visible()
    dashboard.picture("config-needs-restart")
    world.node.rewrite(right)
    assert world.admin.post("/v1/config/reload")["needs_restart"] == []


def test_a_viewer_looks_and_is_told_why_he_cannot_act(world, open_dashboard):
    dashboard = open_dashboard(world.url).sign_in(VIEWER)
    page = dashboard.page
    expect(page.get_by_text("signed in as a viewer").first).to_be_visible()
    for place, names in (("/destinations/good", ("Test", "Pause")),
                         ("/dead", ("Replay all that match", "Drop all that match")),
                         (f"/events/{world.events[0]}", ("Replay …", "Replay to good")),
                         ("/purge", ("Count what matches",)), ("/config", ("Reload",))):
        dashboard.open(place)
        for name in names:
            button = dashboard.button(name).first
            expect(button).to_have_attribute("aria-disabled", "true")
            expect(button).to_have_attribute("title", re.compile("role operator"))
            button.click(force=True)
            expect(dashboard.dialog()).to_have_count(0)
    dashboard.open(f"/events/{world.events[0]}")
    expect(page.get_by_text("Viewers may not see bodies")).to_be_visible()
    expect(page.locator(".timeline").first).to_be_visible()
    expect(page.get_by_text("no such field")).to_have_count(0)
    dashboard.picture("viewer-event")
    assert world.admin.destination("good")["state"] == "running"


def test_it_says_since_when_it_is_stale_and_comes_back(world, dashboard):
    page = dashboard.page
    dashboard.expected = ("Failed to load",)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    port = world.node.admin.address[1]
    world.node.stop()
    expect(page.get_by_text(re.compile(r"Stale since \d\d:\d\d:\d\d"))).to_be_visible(
        timeout=30_000)
    dashboard.picture("stale")
    world.restart(port)
    # Sessions do not outlive the process.
    expect(page.get_by_text("The session is over. Sign in again.")).to_be_visible(timeout=30_000)
    page.get_by_label("Token").fill(OPERATOR)
    dashboard.button("Sign in").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_without_a_stream_it_asks(world, open_dashboard):
    dashboard = open_dashboard(world.url)
    dashboard.page.route("**/v1/stream", lambda route: route.fulfill(status=503, body=""))
    dashboard.sign_in(OPERATOR)
    expect(dashboard.page.get_by_text("Every 5 s")).to_be_visible()
    before = world.admin.get("/v1/summary")["deliveries"]["accepted"]
    world.send(1)
    expect(dashboard.tile("Accepted")).to_have_text(f"{before + 3:,}")


def test_the_nodes_of_a_cluster_and_forgetting_one(world, dashboard):
    known = {"tag": "0a01", "name": "here", "this_node": True, "state": "alive", "admin": None,
             "heard_seconds_ago": 0.5, "adopted_by": None, "accepted": 36, "pending": 12,
             "dead": 12}
    gone = known | {"tag": "0a02", "name": "burnt", "this_node": False, "state": "adopted",
                    "heard_seconds_ago": 86_000.0, "adopted_by": "here"}
    nodes, asked = [known, gone], []

    def forget(route):
        asked.append(route.request.url)
        nodes.remove(gone)
        route.fulfill(json={"tag": "0a02", "name": "burnt", "forgotten": True})

    dashboard.page.route("**/v1/nodes", lambda route: route.fulfill(json={"nodes": nodes}))
    dashboard.page.route("**/v1/nodes/*/forget", forget)
    dashboard.page.reload()
    listed = dashboard.rows("Nodes of the cluster")
    expect(listed).to_have_count(2)
    expect(listed.nth(1)).to_contain_text("adopted by here")
    dashboard.picture("nodes-light")
    dashboard.button("Forget burnt").click()
    dashboard.confirm("Forget it")
    expect(listed).to_have_count(1)
    assert asked == [f"{world.url}/v1/nodes/0a02/forget"]


def test_what_a_sender_wrote_is_never_taken_for_a_page(world, dashboard):
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    answer = post(world.node.ingest, shop_event(hostile, body=json.dumps({"id": hostile}).encode()))
    page = dashboard.open(f"/events/{answer.event_id}").page
    dashboard.button("Show").click()
    expect(page.locator("pre.body")).to_contain_text("<script>")
    assert page.locator("main img, main script").count() == 0
