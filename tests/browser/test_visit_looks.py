"""The visit page and its neighbours in a real browser: axe finds nothing in any state, and nothing overflows.

With SCREENSHOTS=<folder> in the environment each page is also kept as a picture, to be looked at.
"""

import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.subscriptions import Subscription
from tests.factories import ContactFactory, UserFactory
from tests.portal.stage import STATES, company, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EVERY_LOOK: dict[str, dict[str, Any]] = {
    "phone-light": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "desk-light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "desk-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
#: Each width and each scheme once, for they hardly meet in our style sheets. With SCREENSHOTS or ALL_LOOKS: all pairs.
LOOKS = (
    EVERY_LOOK
    if os.environ.get("SCREENSHOTS") or os.environ.get("ALL_LOOKS")
    else {name: EVERY_LOOK[name] for name in ("phone-light", "desk-dark")}
)
#: axe does not read the style sheets by itself: it stumbles over those that a sheet imports, and breaks the policy when
#: it copies them. What it would look for there, tests/fsportal/test_static_files.py does.
AXE = {"preload": False}
#: 1280 px at 400 %, as WCAG 1.4.10 counts it, and less: large letters on the smallest phone.
NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"}


def check(page: Page, name: str) -> None:
    """Look at the page with axe and a ruler, and keep a picture where one is wanted."""
    page.wait_for_load_state()
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    result = Axe().run(page, options=AXE)
    assert result.violations_count == 0, f"{name}: {result.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"
    small = page.evaluate(
        """[...document.querySelectorAll('a, button')]
           .filter(e => e.checkVisibility() && !e.closest('.skip, p'))
           .filter(e => Math.round(e.getBoundingClientRect().height) < 44)
           .map(e => e.outerHTML)"""
    )
    assert not small, f"{name}: too small for a finger: {small}"


def looks_here() -> dict[str, dict[str, Any]]:
    """Return the looks of the test that runs: all of them; in CI one, by the test's name."""
    if os.environ.get("CI") != "true" or len(LOOKS) > 2:
        return LOOKS
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    name = sorted(LOOKS)[zlib.crc32(test.encode()) % len(LOOKS)]
    return {name: LOOKS[name]}


def pages_in_all_looks(browser: Browser) -> list[tuple[str, Page]]:
    """Return a fresh page for each look."""
    return [(look, browser.new_context(locale="en-GB", **kwargs).new_page()) for look, kwargs in looks_here().items()]


@pytest.mark.parametrize("state", STATES)
def test_a_visit_passes_axe_in_every_state_and_look(browser: Browser, live_server: Any, state: str) -> None:
    company()
    code = visit(state, now=timezone.now())
    for look, page in pages_in_all_looks(browser):
        page.goto(f"{live_server.url}/visit/{code.code}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check(page, f"visit-{state}-{look}")
        page.context.close()


@pytest.mark.parametrize(("state", "language"), [("scheduled", "ar"), ("traveling", "he")])
def test_a_visit_reads_from_right_to_left(browser: Browser, live_server: Any, state: str, language: str) -> None:
    company(company_name="شركة السباكة")
    code = visit(state, now=timezone.now(), language=language, name="سارة")
    code.booking.resource.name = "عمر حداد"
    code.booking.resource.save()
    for look, page in pages_in_all_looks(browser):
        page.goto(f"{live_server.url}/visit/{code.code}/")
        assert page.evaluate("document.documentElement.dir") == "rtl"
        check(page, f"rtl-{language}-{state}-{look}")
        page.context.close()


def test_four_hundred_percent_and_hostile_names_do_not_break_the_page(browser: Browser, live_server: Any) -> None:
    company(company_name="W" * 100, contact_email=f"{'x' * 60}@{'y' * 40}.example")
    code = visit("traveling", now=timezone.now())
    code.booking.resource.name = "Ω" * 100
    code.booking.resource.save()
    code.booking.work_order.incident_type.name = "<b>" + "very" * 20
    code.booking.work_order.incident_type.save()
    page = browser.new_context(**NARROW).new_page()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    check(page, "narrow-hostile")
    page.context.close()


def test_four_hundred_percent_of_an_ordinary_visit(browser: Browser, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    page = browser.new_context(**NARROW).new_page()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    check(page, "narrow-visit")
    page.context.close()


def test_home_refusal_errors_and_unsubscribe_pass_axe(browser: Browser, live_server: Any) -> None:
    company()
    contact = ContactFactory(email="sam@example.com")
    addresses = {
        "home": "/",
        "refused": "/visit/nothing/",
        "missing": "/no/such/page/",
        "unsubscribe": "/" + Subscription(contact, Channel.EMAIL).unsubscribe_link.split("/", 3)[3],
        "unsubscribe-bad": "/unsubscribe/nothing/",
    }
    for name, address in addresses.items():
        for look, page in pages_in_all_looks(browser):
            page.goto(live_server.url + address)
            check(page, f"{name}-{look}")
            page.context.close()


def test_getting_started_passes_axe(browser: Browser, live_server: Any) -> None:
    for username in ("customer", "dispatcher"):
        UserFactory(username=username)
    for look, page in pages_in_all_looks(browser):
        page.goto(live_server.url)
        expect(page.get_by_role("heading", name="Getting started")).to_be_visible()
        check(page, f"home-demo-{look}")
        page.context.close()


@pytest.mark.parametrize(
    ("background", "foreground", "font"),
    [("#ffd400", "#000000", "rounded"), ("#000000", "#ffffff", "serif"), ("#ffffff", "#1a1a1a", "humanist")],
)
def test_any_brand_that_the_settings_accept_can_be_read(
    browser: Browser, live_server: Any, background: str, foreground: str, font: str
) -> None:
    portal_settings: PortalSettings = company(background_colour=background, foreground_colour=foreground, font=font)
    portal_settings.full_clean()
    code = visit("traveling", now=timezone.now())
    for look, page in pages_in_all_looks(browser):
        page.goto(f"{live_server.url}/visit/{code.code}/")
        check(page, f"brand-{background[1:]}-{look}")
        page.context.close()


def test_undoing_an_unsubscription_by_hand(page: Page, live_server: Any) -> None:
    contact = ContactFactory()
    page.goto(live_server.url + "/" + Subscription(contact, Channel.EMAIL).unsubscribe_link.split("/", 3)[3])
    page.get_by_role("button", name="Stop emails").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You get no more emails from us")
    assert contact.has_opted_out("email")
    page.get_by_role("button", name="Send me emails again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You get our messages again")
    assert not contact.has_opted_out("email")
