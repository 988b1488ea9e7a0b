"""The live map in a real browser: it follows, it says how old it is, and all of it goes when it may not be seen."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from bookings.models import Booking, BookingNotificationCode
from fsportal.models import PortalSettings
from fsportal.models.portal_settings import LocationPrecision
from tests.browser.test_visit_looks import NARROW, check, pages_in_all_looks
from tests.portal.stage import company, customer_of
from tests.portal.visit.whereabouts import SITE, THERE, drive, on_the_way

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECONDS = dt.timedelta(seconds=1)
#: Lets a test say whether somebody looks at the page.
HIDING = """
  window.isHidden = false;
  Object.defineProperty(document, "hidden", { get: () => window.isHidden });
"""


def open_map(page: Page, live_server: Any, code: BookingNotificationCode, *, clock: bool = True) -> None:
    """Open the link and wait until the map is drawn."""
    if clock:
        page.clock.install()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    expect(page.locator(".live-who")).to_be_visible()


def listen(page: Page, complaints: list[str]) -> None:
    """Keep what the browser complains of, such as the policy being broken."""
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))


def hide(page: Page, hidden: bool = True) -> None:
    page.evaluate(f"window.isHidden = {str(hidden).lower()}; document.dispatchEvent(new Event('visibilitychange'))")


@contextmanager
def asks_for(page: Page, part: str) -> Iterator[None]:
    """Wait for the answer to a request whose address has `part` in it."""
    with page.expect_response(lambda answer: part in answer.url):
        yield


def place_of(page: Page, what: str) -> tuple[float, float]:
    box = page.locator(what).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def expect_nothing_of_the_technician(page: Page) -> None:
    expect(page.locator(".live-who, [data-map], [data-follow], .technician")).to_have_count(0)
    expect(page.get_by_text("Omar Haddad")).to_have_count(0)
    expect(page.get_by_text("to go")).to_have_count(0)


# --- What it looks like ---------------------------------------------------------------------------------------------
def test_the_map_passes_axe_in_every_look_and_breaks_no_policy(browser: Browser, live_server: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    for look, page in pages_in_all_looks(browser):
        complaints: list[str] = []
        listen(page, complaints)
        open_map(page, live_server, code, clock=False)
        expect(page.get_by_text("About 3 km to go")).to_be_visible()
        expect(page.get_by_text(re.compile(r"Last seen: \d+ seconds ago"))).to_be_visible()
        assert complaints == []
        check(page, f"live-{look}")
        page.context.close()


def test_an_old_position_passes_axe_in_every_look(browser: Browser, live_server: Any) -> None:
    company()
    now = timezone.now()
    code = on_the_way(now, position=False)
    drive(code.booking, now - 200 * SECONDS)
    for look, page in pages_in_all_looks(browser):
        open_map(page, live_server, code, clock=False)
        expect(page.get_by_text("We have not heard for a few minutes")).to_be_visible()
        expect(page.get_by_text("Last seen: 3 minutes ago")).to_be_visible()
        check(page, f"live-old-{look}")
        page.context.close()


@pytest.mark.parametrize("language", ["ar", "de"])
def test_the_map_in_other_languages_and_directions(browser: Browser, live_server: Any, language: str) -> None:
    company()
    PortalSettings.objects.update(location_precision=LocationPrecision.ABOUT, show_resource_image=False)
    code = on_the_way(timezone.now(), language=language)
    for look, page in pages_in_all_looks(browser):
        open_map(page, live_server, code, clock=False)
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language in ("ar", "he") else "ltr")
        expect(page.locator(".live-around")).to_have_count(1)
        expect(page.locator(".live-line")).to_have_count(0)
        check(page, f"live-{language}-{look}")
        page.context.close()


def test_four_hundred_percent_does_not_break_the_map(browser: Browser, live_server: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    page = browser.new_context(**NARROW).new_page()
    open_map(page, live_server, code, clock=False)
    check(page, "live-narrow")
    page.context.close()


def test_nothing_moves_when_the_map_comes(page: Page, live_server: Any) -> None:
    code = on_the_way(timezone.now())
    held: list[Route] = []
    company()
    page.route("**/leaflet.js", lambda route: held.append(route))  # noqa: PLW0108  (Playwright marks what it calls)
    page.goto(f"{live_server.url}/visit/{code.code}/", wait_until="domcontentloaded")
    expect(page.locator("[data-map]")).to_be_visible()
    expect(page.get_by_text(re.compile("Last seen: .*London time"))).to_be_visible()
    before = place_of(page, ".technician")
    for route in held:
        route.continue_()
    expect(page.locator(".live-who")).to_be_visible()
    assert place_of(page, ".technician") == before


def test_the_keyboard_goes_through_the_map_and_out_again(page: Page, live_server: Any) -> None:
    company()
    open_map(page, live_server, on_the_way(timezone.now()), clock=False)
    page.locator(".masthead-name").focus()
    order = []
    for _ in range(4):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.title || document.activeElement.className.split(' ')[0]"))
    assert order == ["live-map", "Zoom in", "Zoom out", "button"]


def test_the_reader_moves_the_map_and_comes_back_to_the_whole_way(page: Page, live_server: Any) -> None:
    now = timezone.now()
    code = on_the_way(now)
    open_map(page, live_server, code)
    whole = page.get_by_role("button", name="Show the whole way")
    expect(whole).to_be_hidden()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    expect(whole).to_be_visible()
    moved = place_of(page, ".live-goal")
    drive(code.booking, now)
    with asks_for(page, "/live"):
        page.clock.run_for(15_100)
    expect(whole).to_be_visible()
    assert place_of(page, ".live-goal") == moved, "the reader's own choice stays"
    whole.click()
    expect(whole).to_be_hidden()
    expect(page.locator("[data-map]")).to_be_focused()
    assert place_of(page, ".live-goal") != moved


def test_without_tiles_rings_around_the_place_say_how_far_it_is(page: Page, live_server: Any) -> None:
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    expect(page.locator(".map-ring")).to_have_count(3)
    assert page.locator(".map-ring-words").all_inner_texts() == ["1 km", "2 km", "3 km"]
    PortalSettings.objects.update(travel_radius_unit="mi")
    open_map(page, live_server, code, clock=False)
    assert page.locator(".map-ring-words").first.inner_text() == "0.5 mi"


def test_with_tiles_there_are_no_rings(page: Page, live_server: Any, settings: Any) -> None:
    settings.MAP_TILES_URL = "https://tiles.example/{z}/{x}/{y}.png"
    page.route("https://tiles.example/**", lambda route: route.abort())
    open_map(page, live_server, on_the_way(timezone.now()))
    expect(page.locator(".map-ring, .map-ring-words")).to_have_count(0)


def test_where_no_way_is_known_a_straight_dashed_line_shows_where_to(page: Page, live_server: Any) -> None:
    code = on_the_way(timezone.now())
    code.booking.route.delete()
    open_map(page, live_server, code)
    expect(page.locator(".live-crow")).to_have_count(1)
    expect(page.locator(".live-line")).to_have_count(0)


def test_one_finger_scrolls_the_page_and_is_told_that_two_move_the_map(browser: Browser, live_server: Any) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    open_map(page, live_server, on_the_way(timezone.now()))
    before = place_of(page, ".live-goal")
    page.evaluate(
        """() => {
          const box = document.querySelector("[data-map]");
          const touch = (y) => new Touch({ identifier: 1, target: box, clientX: 200, clientY: y });
          for (const [name, y] of [["touchstart", 400], ["touchmove", 380], ["touchmove", 340]]) {
            box.dispatchEvent(new TouchEvent(name, { bubbles: true, touches: [touch(y)], changedTouches: [touch(y)] }));
          }
        }"""
    )
    hint = page.get_by_text("Move the map with two fingers")
    expect(hint).to_be_visible()
    assert place_of(page, ".live-goal") == before
    page.clock.run_for(3000)
    expect(hint).to_be_hidden()
    page.context.close()


def test_tiles_come_from_their_own_host_only_and_learn_nothing_of_the_visit(
    page: Page, live_server: Any, settings: Any
) -> None:
    settings.MAP_TILES_URL = "https://{s}.tiles.example/{z}/{x}/{y}.png"
    settings.MAP_ATTRIBUTION = '© <a href="https://tiles.example/copyright">Tiles</a> <script>alert(1)</script>'
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"] | {"img-src": [*policy["DIRECTIVES"]["img-src"], "https://*.tiles.example"]}
    settings.CONTENT_SECURITY_POLICY = policy | {"DIRECTIVES": directives}
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), "#dde8dd").save(picture, "PNG")
    referrers: list[str | None] = []
    complaints: list[str] = []

    def serve(route: Route) -> None:
        referrers.append(route.request.headers.get("referer"))
        route.fulfill(body=picture.getvalue(), content_type="image/png")

    page.route("https://*.tiles.example/**", serve)
    listen(page, complaints)
    open_map(page, live_server, on_the_way(timezone.now()), clock=False)
    expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()
    expect(page.get_by_role("link", name="Tiles")).to_be_visible()
    assert set(referrers) <= {f"{live_server.url}/", None}
    assert complaints == []
    check(page, "live-tiles")


# --- It follows -----------------------------------------------------------------------------------------------------
def test_the_technician_moves_on_the_map_and_the_map_stays_the_same(page: Page, live_server: Any) -> None:
    company()
    now = timezone.now()
    code = on_the_way(now)
    open_map(page, live_server, code)
    page.evaluate("document.querySelector('[data-map]').isTheFirst = true")
    before = place_of(page, ".live-who")
    drive(code.booking, now, (THERE[0] + (SITE[0] - THERE[0]) / 4, THERE[1] + (SITE[1] - THERE[1]) / 4))
    Booking.objects.filter(pk=code.booking.pk).update(
        arrival_metres=1950, arrival_at=now, arrival_earliest=now + 600 * SECONDS, arrival_latest=now + 900 * SECONDS
    )
    with asks_for(page, "/live"):
        page.clock.run_for(15_100)
    expect(page.get_by_text("About 2 km to go")).to_be_visible()
    assert place_of(page, ".live-who") != before
    # The words above are new, and so is all of the page but the map.
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{timezone.localtime(now + 900 * SECONDS):%H:%M}")
    assert page.evaluate("document.querySelector('[data-map]').isTheFirst")
    expect(page.locator(".live-who")).to_be_visible()


def test_the_map_comes_with_the_first_position(page: Page, live_server: Any) -> None:
    company()
    now = timezone.now()
    code = on_the_way(now, position=False)
    page.clock.install()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on the way")
    assert not page.locator("[data-map]").count()
    assert not page.locator("script[src*=leaflet]").count()
    drive(code.booking, now)
    page.clock.run_for(31_000)
    expect(page.locator("[data-map]")).to_be_visible()
    page.clock.run_for(15_100)
    expect(page.locator(".live-who")).to_be_visible()


def test_the_age_is_told_while_it_grows_and_a_warning_comes(page: Page, live_server: Any) -> None:
    now = timezone.now()
    code = on_the_way(now, position=False)
    drive(code.booking, now - 85 * SECONDS)
    open_map(page, live_server, code)
    warning = page.get_by_text("We have not heard for a few minutes")
    expect(page.get_by_text("Last seen: 1 minute ago")).to_be_visible()
    expect(warning.first).to_be_hidden()
    page.route("**/live?*", lambda route: route.abort())
    page.clock.run_for(45_000)
    expect(page.get_by_text("Last seen: 2 minutes ago")).to_be_visible()
    expect(page.locator(".live-old")).to_be_visible()
    expect(page.locator("[data-news]")).to_contain_text("We have not heard")


# --- It goes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verb", "words"), [("start_work", "Your technician is working"), ("cancel", "Your visit was canceled")]
)
def test_it_is_gone_within_one_look_of_an_open_page(page: Page, live_server: Any, verb: str, words: str) -> None:
    company()
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    getattr(Booking.objects.with_visit().get(pk=code.booking.pk), verb)()
    page.clock.run_for(15_100)
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    expect_nothing_of_the_technician(page)


def test_a_blocked_link_closes_the_open_map(page: Page, live_server: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    code.block(by=None, why="lost phone")
    page.clock.run_for(15_100)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not open a visit")
    expect_nothing_of_the_technician(page)


def test_it_goes_before_the_new_page_is_there(page: Page, live_server: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    Booking.objects.with_visit().get(pk=code.booking.pk).start_work()
    page.route(re.compile("/visit/see/[a-z0-9]+/$"), lambda route: route.abort())
    page.clock.run_for(15_100)
    expect_nothing_of_the_technician(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your technician is on the way")


def test_a_setting_that_is_switched_off_takes_the_map_from_an_open_page(page: Page, live_server: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    PortalSettings.objects.update(show_map=False)
    page.clock.run_for(15_100)
    expect(page.locator("[data-map]")).to_have_count(0)
    expect(page.locator(".technician")).to_be_visible()


def test_offline_the_technician_stays_for_a_minute_and_comes_back_with_the_connection(
    page: Page, live_server: Any
) -> None:
    company()
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    page.context.set_offline(True)
    page.clock.run_for(45_000)
    expect(page.locator(".live-who")).to_be_visible()
    page.clock.run_for(30_000)
    expect_nothing_of_the_technician(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your technician is on the way")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Omar Haddad is on the way")
    page.clock.run_for(15_100)
    expect(page.locator(".live-who")).to_be_visible()


# --- Nobody looks ---------------------------------------------------------------------------------------------------
def test_a_hidden_page_asks_less_and_less_and_at_once_when_it_is_seen_again(page: Page, live_server: Any) -> None:
    page.add_init_script(HIDING)
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live" in request.url else None)
    hide(page)
    page.clock.run_for(55_000)
    assert asked == []
    with asks_for(page, "/live"):
        page.clock.run_for(6_000)
    assert len(asked) == 1
    page.clock.run_for(50_000)
    assert len(asked) == 1
    with asks_for(page, "/live"):
        hide(page, False)
    assert len(asked) == 2
    expect(page.locator(".live-who")).to_be_visible()


def test_a_hidden_page_that_cannot_ask_holds_nothing_after_a_minute(page: Page, live_server: Any) -> None:
    company()
    page.add_init_script(HIDING)
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    hide(page)
    page.context.set_offline(True)
    page.clock.run_for(71_000)
    expect_nothing_of_the_technician(page)


def test_a_page_that_slept_shows_nothing_old_when_it_wakes(page: Page, live_server: Any) -> None:
    company()
    page.add_init_script(HIDING)
    code = on_the_way(timezone.now())
    open_map(page, live_server, code)
    hide(page)
    page.route("**/visit/see/**", lambda route: None)  # no answer yet
    page.evaluate("Date.now = () => new Date().getTime() + 3600000")  # the device slept, and its timers with it
    hide(page, False)
    expect_nothing_of_the_technician(page)


# --- Without scripts, and at home -----------------------------------------------------------------------------------
def test_without_scripts_the_words_say_it(browser: Browser, live_server: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Omar Haddad is on the way, arriving")
    expect(page.get_by_text("About 3 km to go")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Last seen: \d+:\d\d \(London time\)"))).to_be_visible()
    expect(page.locator("[data-map]")).to_be_hidden()
    context.close()


def test_home_leads_to_the_map(page: Page, live_server: Any, client: Any) -> None:
    company()
    code = on_the_way(timezone.now())
    client.force_login(customer_of(code.contact))
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url)
    page.get_by_role("link", name="View live map").click()
    expect(page.locator(".live-who")).to_be_visible()
    assert page.url.endswith("#map")
