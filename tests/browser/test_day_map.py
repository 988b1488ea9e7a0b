"""The map of the day in a real browser: drawn, followed, reached by keyboard, good to read, and whole without scripts.

With SCREENSHOTS=<folder> in the environment each look is also kept as a picture.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from bookings.models import Booking, BookingStatus, Resource, Route
from tests.browser.test_settings_area_looks import RULES
from tests.factories import AccountFactory, BookingFactory, ResourceFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MINUTE = dt.timedelta(minutes=1)
LINE = [[51.52, -0.12], [51.515, -0.13], [51.5014, -0.1419]]
LOOKS: list[tuple[str, dict[str, Any]]] = [
    (f"{name}-{scheme}", {"viewport": {"width": width, "height": 900}, "color_scheme": scheme})
    for name, width in (("phone", 390), ("desk", 1280))
    for scheme in ("light", "dark")
]


@pytest.fixture
def omar() -> Resource:
    """Return a technician on the way and on time; another works and is late, a third was last seen long ago."""
    now = timezone.now()
    omar = technician("Omar Haddad", (51.52, -0.12), now)
    booking = visit(omar, now + 30 * MINUTE)
    Booking.objects.filter(pk=booking.pk).update(
        status=BookingStatus.TRAVELING,
        set_off_at=now,
        arrival_earliest=now + 10 * MINUTE,
        arrival_latest=now + 20 * MINUTE,
        arrival_source="estimate",
        arrival_at=now,
    )
    Route.objects.create(booking=booking, line=LINE, computed_at=now)
    late = technician("Lina Late", (51.54, -0.09), now)
    Booking.objects.filter(pk=visit(late, now - 90 * MINUTE).pk).update(status=BookingStatus.IN_PROGRESS)
    visit(late, now - 5 * MINUTE, latitude=51.55, longitude=-0.08)
    technician("Otto Old", (51.49, -0.16), now - 120 * MINUTE)
    ResourceFactory(name="Una Unseen")
    return omar


def technician(name: str, at: tuple[float, float], seen: dt.datetime) -> Resource:
    made: Resource = ResourceFactory(name=name, last_latitude=at[0], last_longitude=at[1], last_seen_at=seen)
    return made


def visit(technician: Resource, start: dt.datetime, **place: float) -> Booking:
    account = AccountFactory(**place)
    made: Booking = BookingFactory(
        resource=technician, work_order__account=account, start=start, end=start + 60 * MINUTE
    )
    return made


@pytest.fixture
def dispatcher() -> str:
    """Return the session of a dispatcher."""
    client = Client()
    client.force_login(UserFactory(is_staff=True, groups=["dispatcher"]))
    return client.cookies["sessionid"].value


def opened(browser: Browser, server: str, session: str, **look: Any) -> Page:
    context = browser.new_context(locale="en-GB", **look)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    return context.new_page()


@pytest.fixture
def desk(browser: Browser, live_server: Any, dispatcher: str, omar: Resource) -> Iterator[Page]:
    """Return the page with its map drawn, and a clock of the test's own."""
    page = opened(browser, live_server.url, dispatcher, viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # Leaflet's own pictures: with hashed file names it looks for them where nothing is.
    page.on("request", lambda request: complaints.append(request.url) if "marker-" in request.url else None)
    page.clock.install()
    page.goto(live_server.url + reverse("admin:day-map"))
    expect(marker(page, "Omar Haddad: On the way")).to_be_visible()
    yield page
    page.context.close()
    assert not complaints


def marker(page: Page, words: str) -> Any:
    return page.get_by_role("img", name=words, exact=True)


def test_the_map_shows_technicians_their_ways_and_todays_places(desk: Page) -> None:
    expect(marker(desk, "Lina Late: Working, late")).to_be_visible()
    expect(desk.locator(".day-late .day-word")).to_have_text("Lina Late: Working, late")
    expect(desk.locator(".day-map .day-stale")).to_contain_text("OO")
    expect(desk.locator("path.day-line")).to_have_count(1)
    expect(desk.locator(".day-map .day-goal")).to_have_count(3)
    # Without tiles it is drawn as the customer's is: rings with distances, and names.
    expect(desk.locator(".day-map .day-name")).to_have_count(3)
    expect(desk.locator(".map-ring").first).to_be_visible()
    assert desk.locator(".map-ring-words").first.inner_text().endswith(" km")


def test_where_no_way_is_known_a_straight_dashed_line_shows_where_to(desk: Page) -> None:
    expect(desk.locator(".day-line")).to_have_count(1)
    expect(desk.locator(".day-crow")).to_have_count(0)
    Route.objects.all().delete()
    desk.clock.run_for(15_100)
    expect(desk.locator(".day-crow")).to_have_count(1)
    expect(desk.locator(".day-line")).to_have_count(0)


def test_it_opens_on_where_most_are_and_says_that_others_are_farther_away(desk: Page) -> None:
    far = desk.get_by_text("2 are farther away.")
    expect(far).to_be_hidden()
    now = timezone.now()
    far_off = technician("Maria Manhattan", (40.75, -73.98), now)
    visit(far_off, now + 30 * MINUTE, latitude=40.76, longitude=-73.97)
    desk.reload()
    expect(marker(desk, "Omar Haddad: On the way")).to_be_visible()
    expect(far).to_be_visible()
    scale = desk.locator(".leaflet-control-scale-line").first
    assert scale.inner_text() in ("1 km", "2 km", "3 km"), "the others' town"
    desk.get_by_role("button", name="Show everybody").click()
    expect(scale).to_have_text(re.compile("[0-9]{3} km"))
    expect(far).to_be_hidden()
    desk.clock.run_for(15_100)
    expect(scale).to_have_text(re.compile("[0-9]{3} km"))


def test_it_follows_what_happens_without_being_loaded_anew(desk: Page, omar: Resource) -> None:
    Booking.objects.get(resource=omar).start_work()
    with desk.expect_response(lambda answer: answer.url.endswith(reverse("admin:day-map-now"))):
        desk.clock.run_for(16_000)
    expect(marker(desk, "Omar Haddad: Working")).to_be_visible()
    expect(desk.locator("path.day-line")).to_have_count(0)
    expect(desk.locator(".day-list").get_by_text("Working", exact=True)).to_be_visible()


def test_a_technician_of_the_list_is_found_on_the_map_by_keyboard_and_back(desk: Page, omar: Resource) -> None:
    button = desk.get_by_role("button", name="Show on the map: Omar Haddad")
    button.focus()
    desk.keyboard.press("Enter")
    saying = desk.locator(".leaflet-popup")
    expect(saying).to_contain_text("Omar Haddad")
    expect(saying).to_contain_text("Position from")
    expect(desk.locator("[data-box]")).to_be_focused()
    expect(desk.locator("[data-day-map] [data-news]")).to_have_text("Omar Haddad is shown on the map")
    saying.get_by_role("link", name="Show in the list").press("Enter")
    expect(desk.locator(f"#technician-{omar.pk}")).to_be_focused()


def test_focus_stays_where_it_is_when_the_list_comes_anew(desk: Page, omar: Resource) -> None:
    button = desk.get_by_role("button", name="Show on the map: Omar Haddad")
    button.focus()
    with desk.expect_response(lambda answer: answer.url.endswith(reverse("admin:day-map-now"))):
        desk.clock.run_for(16_000)
    expect(button).to_be_focused()


def test_a_server_that_does_not_answer_is_said_and_taken_back(desk: Page) -> None:
    note = desk.get_by_text("The server could not be asked")
    expect(note).to_be_hidden()
    desk.route("**/map/now/", lambda route: route.fulfill(status=204))
    desk.clock.run_for(16_000)
    expect(note).to_be_visible()
    desk.unroute("**/map/now/")
    desk.clock.run_for(16_000)
    expect(note).to_be_hidden()


def test_without_scripts_the_list_says_everything(
    browser: Browser, live_server: Any, dispatcher: str, omar: Resource
) -> None:
    page = opened(browser, live_server.url, dispatcher, java_script_enabled=False)
    page.goto(live_server.url + reverse("admin:day-map"))
    cards = page.locator("[data-technician]")
    expect(cards).to_have_count(4)
    expect(cards.filter(has_text="Omar Haddad")).to_contain_text("On the way")
    expect(cards.filter(has_text="Omar Haddad")).to_contain_text("Source: estimate")
    expect(cards.filter(has_text="Lina Late")).to_contain_text("nobody has set off")
    expect(cards.filter(has_text="Otto Old")).to_contain_text("Old position, from 2 h ago")
    expect(cards.filter(has_text="Una Unseen")).to_contain_text("No position.")
    expect(page.locator("[data-day-map]")).to_be_hidden()
    expect(page.get_by_role("button", name="Show on the map")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize(("name", "look"), LOOKS, ids=[name for name, _look in LOOKS])
def test_the_page_passes_axe_fits_and_keeps_its_csp(
    browser: Browser, live_server: Any, dispatcher: str, omar: Resource, name: str, look: dict[str, Any]
) -> None:
    page = opened(browser, live_server.url, dispatcher, **look)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(live_server.url + reverse("admin:day-map"))
    expect(marker(page, "Omar Haddad: On the way")).to_be_visible()
    page.get_by_role("button", name="Show on the map: Lina Late").click()
    expect(page.locator(".leaflet-popup")).to_be_visible()
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/day-map-{name}.png", full_page=True)
    found = Axe().run(page, options=RULES)
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.context.close()
    assert not found.violations_count, found.generate_report()
    assert not is_too_wide
    assert not complaints
