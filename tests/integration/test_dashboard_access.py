"""Whether everybody can use the dashboard: from the keyboard, with a screen reader (axe-core), in
the dark, on a phone."""

import re

import pytest
from playwright.sync_api import expect

from harness.browser import PHONE
from harness.dashboard_world import OPERATOR


def test_all_of_it_can_be_used_from_the_keyboard(world, dashboard):
    page = dashboard.open("/destinations/gone").page
    dashboard.heading("gone")
    focused = page.locator(":focus")
    page.reload()
    dashboard.heading("gone")
    page.keyboard.press("Tab")
    expect(focused).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    expect(focused).to_have_attribute("id", "main")
    page.keyboard.press("Tab")
    expect(focused).to_have_text("Test")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(focused).to_have_attribute("name", "reason")
    # The focus stays inside.
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body ||"
            " document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dashboard.dialog()).to_have_count(0)
    expect(focused).to_have_text("Pause")
    assert world.admin.destination("gone")["state"] == "running"
    # From row to row.
    dashboard.open("/events")
    dashboard.rows("Events").nth(0).locator("a").first.focus()
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_attribute("href", re.compile("events/"))
    page.keyboard.press("Enter")
    dashboard.heading("Event")


PLACES = ("/", "/destinations/gone", "/destinations/picky", "/events", "/dead", "/jobs", "/audit",
          "/purge", "/actions", "/config", "/nowhere")


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_nobody_is_kept_out(world, open_dashboard, scheme):
    dashboard = open_dashboard(world.url, scheme=scheme).open()
    expect(dashboard.page.get_by_label("Token")).to_be_visible()
    found = {"sign-in": dashboard.barriers()}
    dashboard.sign_in(OPERATOR)
    for place in (*PLACES, f"/events/{world.events[0]}"):
        dashboard.open(place)
        expect(dashboard.page.get_by_role("heading", level=1)).to_be_attached()
        expect(dashboard.page.get_by_text("Loading")).to_have_count(0)
        found[place] = dashboard.barriers()
        if scheme == "dark":
            dashboard.picture("dark-" + (place.strip("/").replace("/", "-")[:20] or "overview"))
    dashboard.open("/destinations/good")
    dashboard.button("Pause").click()
    found["dialog"] = dashboard.barriers()
    assert not any(found.values()), {place: each for place, each in found.items() if each}


def test_a_phone_has_room_for_it(world, open_dashboard):
    dashboard = open_dashboard(world.url, viewport=PHONE).sign_in(OPERATOR)
    for place in (*PLACES, f"/events/{world.events[0]}"):
        dashboard.open(place)
        expect(dashboard.page.get_by_role("heading", level=1)).to_be_attached()
        expect(dashboard.page.get_by_text("Loading")).to_have_count(0)
        wide = dashboard.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], f"{place} is {wide} px wide"
        dashboard.picture("phone-" + (place.strip("/").replace("/", "-")[:20] or "overview"))


def test_the_theme_can_be_chosen(world, dashboard):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = dashboard.page.evaluate(ground)
    for _ in range(2):
        dashboard.button("Colours").click()
    dark = dashboard.page.evaluate(ground)
    assert dark != light
    dashboard.page.reload()
    expect(dashboard.button("Colours: Dark")).to_be_visible()
    assert dashboard.page.evaluate(ground) == dark
