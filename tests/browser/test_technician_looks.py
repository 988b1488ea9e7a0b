"""The technician's page in a real browser: axe, a ruler, and pictures (SCREENSHOTS=<folder>) in every state."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bookings.models import Booking, BookingStatus, Change, Resource, Tracker
from fsportal.models import PortalSettings
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification
from tests.bookings.technician.stage import stop, technician, user_of, where_it_is_noon, wrote
from tests.browser.test_inapp import signed_in
from tests.browser.test_visit_looks import LOOKS, NARROW, check
from tests.portal.stage import company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
S = BookingStatus
#: Without its worker: what a worker has taken over, Playwright's `route` may miss.
UNASSISTED: dict[str, Any] = {"service_workers": "block"}


@pytest.fixture
def omar() -> Resource:
    company()
    return technician(time_zone=where_it_is_noon())


def at(resource: Resource, service: str, hours: float, status: int = S.SCHEDULED, **more: Any) -> Booking:
    return stop(resource, service, hours=hours, status=status, **more)


def a_full_day(resource: Resource) -> Booking:
    at(resource, "Radiator bleeding", -4, S.COMPLETED)
    at(resource, "Pump repair", -3, S.CANCELED)
    at(resource, "Gas check", -26)
    now = at(resource, "Boiler service", 0.4)
    wrote(now)
    at(resource, "Leak repair with a long name that needs two lines on a phone", 2)
    at(resource, "Water softener", 3.5)
    at(resource, "Air conditioning check", 24)
    at(resource, "Drain cleaning", 26)
    return now


def everywhere(browser: Browser, live_server: Any, resource: Resource, name: str) -> None:
    for look, kwargs in (LOOKS | {"narrow": NARROW}).items():
        with_context(browser, live_server, resource, f"technician-{name}-{look}", kwargs)


def with_context(browser: Browser, live_server: Any, resource: Resource, name: str, look: dict[str, Any]) -> None:
    context = signed_in(browser, live_server, user_of(resource), **look)
    page = opened(context, live_server)
    check(page, name)
    context.close()


def opened(context: BrowserContext, live_server: Any, path: str = "/technician/") -> Page:
    page = context.new_page()
    page.goto(live_server.url + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


@pytest.mark.parametrize("status", [S.SCHEDULED, S.TRAVELING, S.ON_BREAK, S.IN_PROGRESS])
def test_a_full_day_passes_axe_in_every_state(
    browser: Browser, live_server: Any, omar: Resource, status: BookingStatus
) -> None:
    now = a_full_day(omar)
    if status == S.TRAVELING:
        now.travel()
    else:
        Booking.objects.filter(pk=now.pk).update(status=status)
    everywhere(browser, live_server, omar, status.name.lower())


def test_an_empty_day_and_one_that_is_done_pass_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    everywhere(browser, live_server, omar, "empty")
    at(omar, "Boiler service", -2, S.COMPLETED)
    everywhere(browser, live_server, omar, "done")


def test_everything_unfolded_passes_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    a_full_day(omar)
    for look, kwargs in (LOOKS | {"narrow": NARROW}).items():
        context = signed_in(browser, live_server, user_of(omar), **kwargs)
        page = opened(context, live_server)
        for fold in page.locator("summary").all():
            fold.click()
        check(page, f"technician-open-{look}")
        context.close()


def test_what_was_not_sent_and_what_was_refused_pass_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    now = a_full_day(omar)
    for look, kwargs in LOOKS.items():
        context = signed_in(browser, live_server, user_of(omar), **kwargs, **UNASSISTED)
        page = opened(context, live_server)
        page.route("**/technician/taps/", lambda route: route.abort())
        page.get_by_role("button", name="Start work (Boiler service").click()
        expect(page.get_by_text("Not sent yet: 1.")).to_be_visible()
        context.set_offline(True)
        expect(page.get_by_text("No connection.")).to_be_visible()
        check(page, f"technician-unsent-{look}")
        context.close()
    now.refresh_from_db()
    assert now.status == S.SCHEDULED


def test_questions_and_the_way_back_pass_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    asked = {"outcome": "ask", "answer": "This visit is on Thu 3 Dec, 10:20 (London time). Set off now?", "at": ""}
    a_full_day(omar)
    at(omar, "Tap repair with a long name that needs two lines on a phone", 1).complete(Change(by=omar.user))
    for look, kwargs in (LOOKS | {"narrow": NARROW}).items():
        context = signed_in(browser, live_server, user_of(omar), **kwargs, **UNASSISTED)
        page = opened(context, live_server)
        expect(page.get_by_role("button", name="Undo (Tap repair")).to_be_visible()
        page.get_by_role("button", name="Complete (Boiler service").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page, f"technician-asked-{look}")
        page.keyboard.press("Escape")
        page.route("**/technician/taps/", lambda route: route.fulfill(json=asked))
        expect(page.locator("body[data-tapped]")).to_have_count(0)
        page.get_by_role("button", name="Set off (Boiler service").click()
        expect(page.get_by_role("button", name="Yes")).to_be_visible()
        check(page, f"technician-question-{look}")
        context.close()


def test_the_page_that_asks_without_scripts_passes_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    a_full_day(omar)
    for look, kwargs in (LOOKS | {"narrow": NARROW}).items():
        context = signed_in(browser, live_server, user_of(omar), **kwargs)
        page = opened(context, live_server)
        page.evaluate("document.querySelector('[name=verb][value=complete]').form.submit()")
        expect(page.get_by_role("link", name="Not now")).to_be_visible()
        check(page, f"technician-ask-{look}")
        context.close()


def test_the_tracker_page_passes_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    for connected in (False, True):
        if connected:
            Tracker.connect(omar, by=omar.user)
        for look, kwargs in (LOOKS | {"narrow": NARROW}).items():
            context = signed_in(browser, live_server, user_of(omar), **kwargs)
            check(opened(context, live_server, "/technician/tracker/"), f"technician-tracker-{connected}-{look}")
            context.close()


def test_the_first_choice_is_in_reach_of_the_thumb_and_hides_nothing(
    browser: Browser, live_server: Any, omar: Resource
) -> None:
    now = a_full_day(omar)
    for text in ("one", "two", "three", "four", "five"):
        wrote(now, f"{text}\n" * 6)
    context = signed_in(browser, live_server, user_of(omar), **LOOKS["phone-light"])
    page = opened(context, live_server)
    box = page.get_by_role("button", name="Set off (Boiler service").bounding_box()
    assert box is not None
    assert box["height"] >= 56
    assert box["y"] + box["height"] <= 844
    assert box["y"] > 844 / 2
    sizes = page.evaluate(
        """[...document.querySelectorAll('.stop-now .button')]
           .filter(e => e.checkVisibility()).map(e => e.offsetHeight)"""
    )
    assert min(sizes) >= 56
    context.close()


def test_one_toast_at_a_time_shows_on_a_phone(browser: Browser, live_server: Any, omar: Resource) -> None:
    at(omar, "Boiler service", 1)
    PortalSettings.objects.update(toast_seconds=60)
    for number in (1, 2, 3):
        send_app_notification(title=f"News {number}", body="Something", recipient=user_of(omar))
    for look, shown in (("phone-light", 1), ("desk-dark", 3)):
        AppNotification.objects.update(toasted_at=None)
        context = signed_in(browser, live_server, user_of(omar), **LOOKS[look])
        page = opened(context, live_server)
        expect(page.locator(".toast .note")).to_have_count(3)
        expect(page.locator(".toast .note").filter(visible=True)).to_have_count(shown)
        context.close()
