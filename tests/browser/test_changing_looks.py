"""Changing, canceling, asking and booking in a real browser: on a phone, by keyboard, without scripts, in all looks."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bookings.models import Booking, BookingNotificationCode, BookingStatus, CustomerNote, IncidentType, Resource
from portal.models import OneTimeCode
from tests.browser.test_visit_looks import EVERY_LOOK, LOOKS, NARROW, check, looks_here
from tests.factories import BookingFactory, ContactFactory, IncidentTypeFactory
from tests.portal.stage import HOUR
from tests.portal.visit.changing import account_of, address, own_address, visit_to_change

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def code() -> BookingNotificationCode:
    made = visit_to_change(now=timezone.now().replace(minute=0, second=0), days=6, email="sarah@example.com")
    # Whatever the day on which this runs, somebody works.
    Resource.objects.update(working_hours={str(day): ["08:00", "12:30"] for day in range(7)})
    IncidentType.objects.update(is_offered=True)
    return made


@pytest.fixture
def sign_in(code: BookingNotificationCode, live_server: Any) -> Callable[[BrowserContext], None]:
    client = Client()
    client.force_login(account_of(code))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}

    def into(context: BrowserContext) -> None:
        context.add_cookies([cookie])  # type: ignore[list-item]

    return into


def in_all_looks(browser: Browser) -> Iterator[tuple[str, Page]]:
    for look, kwargs in looks_here().items():
        page = browser.new_context(locale="en-GB", **kwargs).new_page()
        yield look, page
        page.context.close()


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


# --- Looks ----------------------------------------------------------------------------------------------------------
def test_changing_the_time_passes_axe_at_every_step(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    here = live_server.url + own_address("change", code.booking)
    for look, page in in_all_looks(browser):
        sign_in(page.context)
        page.goto(here)
        check(page, f"change-times-{look}")
        page.goto(f"{here}check/")
        check(page, f"change-nothing-chosen-{look}")
        page.goto(here)
        page.locator(".time").nth(2).click()
        page.get_by_role("button", name="Go on with this time").click()
        expect(heading(page)).to_have_text("Move your visit to this time?")
        check(page, f"change-check-{look}")
        page.goto(f"{here}check/?time=1-{'0' * 32}")
        check(page, f"change-taken-{look}")


def test_the_ends_of_changing_pass_axe(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    here = live_server.url + own_address("change", code.booking)
    booking = Booking.objects.get(pk=code.booking.pk)
    key = f"{int(booking.start.timestamp()) // 60:x}-{'0' * 32}"
    kind = booking.work_order.incident_type
    limited: dict[str, dict[str, Any]] = {
        "cutoff": {"cutoff_hours": 400},
        "policy": {"customers_may_change": False},
    }
    for look, page in in_all_looks(browser):
        sign_in(page.context)
        page.goto(f"{here}?time={key}")
        check(page, f"change-already-{look}")
        for name, limits in limited.items():
            IncidentType.objects.filter(pk=kind.pk).update(**limits)
            page.goto(here)
            check(page, f"change-{name}-{look}")
            IncidentType.objects.filter(pk=kind.pk).update(cutoff_hours=24, customers_may_change=True)
        Resource.objects.update(is_active=False)
        page.goto(here)
        check(page, f"change-no-times-{look}")
        Resource.objects.update(is_active=True)


def test_the_code_passes_axe_at_every_step(browser: Browser, live_server: Any, code: BookingNotificationCode) -> None:
    for look, page in in_all_looks(browser):
        page.goto(f"{live_server.url}/visit/{code.code}/")
        page.goto(live_server.url + address("change", code))
        check(page, f"code-ways-{look}")
        # Each is a browser of its own, and a code works only in the one that asked for it.
        page.get_by_role("button", name="Send me a code").click()
        expect(page.get_by_label("The six digits")).to_be_visible()
        check(page, f"code-digits-{look}")
        page.get_by_label("The six digits").fill("12")
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".field-error")).to_be_visible()
        check(page, f"code-wrong-{look}")
    code.contact.email = code.contact.mobile_phone = ""
    code.contact.save()
    for look, page in in_all_looks(browser):
        page.goto(f"{live_server.url}/visit/{code.code}/")
        page.goto(live_server.url + address("cancel", code))
        check(page, f"code-no-way-{look}")


def test_canceling_and_asking_pass_axe(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    for look, page in in_all_looks(browser):
        sign_in(page.context)
        page.goto(live_server.url + own_address("cancel", code.booking))
        check(page, f"cancel-{look}")
        page.get_by_label("Something else").check()
        page.get_by_role("button", name="Cancel my visit").click()
        expect(page.locator(".field-error")).to_be_visible()
        check(page, f"cancel-error-{look}")
        page.goto(live_server.url + own_address("ask", code.booking) + "?about=change")
        check(page, f"ask-{look}")
        page.goto(live_server.url + own_address("ask", code.booking) + "?sent=change")
        check(page, f"asked-{look}")
    Booking.objects.get(pk=code.booking.pk).cancel()
    for look, page in in_all_looks(browser):
        sign_in(page.context)
        page.goto(live_server.url + own_address("cancel", code.booking))
        check(page, f"canceled-{look}")
        page.goto(live_server.url + own_address("ask", code.booking))
        check(page, f"ask-over-{look}")


def test_booking_passes_axe_at_every_step(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    IncidentTypeFactory(name="Leaking tap or pipe", is_offered=True, duration_minutes=90)
    second = ContactFactory(portal_user=code.contact.portal_user, account__street="9 Dock Road")
    for role in code.contact.web_roles.all():
        role.contacts.add(second)
    for look, page in in_all_looks(browser):
        sign_in(page.context)
        page.goto(f"{live_server.url}/book/times/")
        check(page, f"book-what-error-{look}")
        page.goto(f"{live_server.url}/book/?again={code.booking.pk}")
        check(page, f"book-what-{look}")
        with page.expect_navigation():
            page.get_by_role("button", name="Go on to the times").click()
        check(page, f"book-when-{look}")
        page.locator(".time").nth(1).click()
        with page.expect_navigation():
            page.get_by_role("button", name="Go on with this time").click()
        check(page, f"book-check-{look}")
        page.goto(f"{live_server.url}/book/done/{code.booking.pk}/")
        check(page, f"book-done-{look}")


@pytest.mark.parametrize("language", ["ar", "he", "de"])
def test_it_reads_in_other_languages_and_from_right_to_left(
    browser: Browser,
    live_server: Any,
    code: BookingNotificationCode,
    sign_in: Callable[[BrowserContext], None],
    language: str,
) -> None:
    code.contact.language = language
    code.contact.save()
    page = browser.new_context(**LOOKS["phone-light"]).new_page()
    sign_in(page.context)
    for name in ("change", "cancel", "ask"):
        page.goto(live_server.url + own_address(name, code.booking))
        assert page.evaluate("document.documentElement.dir") == ("ltr" if language == "de" else "rtl")
        check(page, f"{name}-{language}")
    page.context.close()


def test_four_hundred_percent(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    page = browser.new_context(**NARROW).new_page()
    sign_in(page.context)
    for name in ("change", "cancel", "ask"):
        page.goto(live_server.url + own_address(name, code.booking))
        check(page, f"narrow-{name}")
    page.context.close()


# --- Without a mouse ------------------------------------------------------------------------------------------------
def tab_to(page: Page, what: Any) -> None:
    """Press Tab until `what` has the focus."""
    for _ in range(60):
        if what.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached by keyboard: {what}")


def is_in_sight(page: Page) -> bool:
    """Tell whether what has the focus is seen, and not below the bar with the button (WCAG 2.2, 2.4.11)."""
    seen: bool = page.evaluate(
        """() => {
            const box = document.activeElement.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return top !== null && (top === document.activeElement || top.contains(document.activeElement)
                || document.activeElement.contains(top));
        }"""
    )
    return seen


def test_changing_and_canceling_by_keyboard(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    page = browser.new_context(**EVERY_LOOK["desk-light"]).new_page()
    sign_in(page.context)
    page.goto(live_server.url + own_address("change", code.booking))
    tab_to(page, page.get_by_role("radio").first)
    for _ in range(20):  # through the days: it is one group
        page.keyboard.press("ArrowDown")
        assert is_in_sight(page)
    chosen = page.locator(".time:has(:checked)")
    expect(chosen).to_have_count(1)
    tab_to(page, page.get_by_role("button", name="Go on with this time"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label(re.compile("Why do you need")))
    page.keyboard.type("I have to work")
    tab_to(page, page.get_by_role("button", name="Move my visit"))
    page.keyboard.press("Space")
    expect(heading(page)).to_have_text("Your visit is moved")
    booking = Booking.objects.get(pk=code.booking.pk)
    assert booking.start != code.booking.start
    page.goto(live_server.url + own_address("cancel", code.booking))
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_role("button", name="Cancel my visit"))
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Your visit is canceled")
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CANCELED
    page.context.close()


# --- Without scripts ------------------------------------------------------------------------------------------------
def test_from_the_link_to_a_moved_and_then_canceled_visit_without_scripts(
    browser: Browser, live_server: Any, code: BookingNotificationCode
) -> None:
    page = browser.new_context(**LOOKS["phone-light"], java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    page.goto(live_server.url + address("change", code))
    page.get_by_label("By email").check()
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("The six digits")).to_be_visible()
    digits = OneTimeCode.objects.get().digits
    page.get_by_label("The six digits").fill(f"{digits[:3]} {digits[3:]}")
    page.get_by_role("button", name="Go on").click()
    expect(heading(page)).to_have_text("Change the time of your visit")
    page.get_by_role("link", name="More days").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Go on with this time").click()
    page.get_by_role("button", name="Move my visit").click()
    expect(heading(page)).to_have_text("Your visit is moved")
    page.goto(live_server.url + address("ask", code))
    page.get_by_label("Something you should know").check()
    page.get_by_label("Your message").fill("The bell is broken")
    page.get_by_role("button", name="Send").click()
    expect(heading(page)).to_have_text("Thank you, we have your message")
    assert CustomerNote.objects.get().text == "The bell is broken"
    page.goto(live_server.url + address("cancel", code))
    page.get_by_label("It is not needed any more").check()
    page.get_by_role("button", name="Cancel my visit").click()
    expect(heading(page)).to_have_text("Your visit is canceled")
    page.context.close()


def test_booking_without_scripts(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    page = browser.new_context(**LOOKS["phone-light"], java_script_enabled=False).new_page()
    sign_in(page.context)
    page.goto(f"{live_server.url}/book/")
    page.get_by_role("button", name="Go on to the times").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Go on with this time").click()
    page.get_by_label(re.compile("Anything we should know")).fill("The bell is broken")
    page.go_back()
    page.go_forward()
    page.get_by_role("button", name="Book this appointment").click()
    expect(heading(page)).to_have_text("Your appointment is booked")
    assert Booking.objects.exclude(pk=code.booking.pk).count() == 1
    page.context.close()


# --- Twice ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scripts", [True, False])
def test_double_click_and_back_button_move_and_cancel_once(
    browser: Browser,
    live_server: Any,
    code: BookingNotificationCode,
    sign_in: Callable[[BrowserContext], None],
    scripts: bool,
) -> None:
    page = browser.new_context(**EVERY_LOOK["desk-light"], java_script_enabled=scripts).new_page()
    sign_in(page.context)
    page.goto(live_server.url + own_address("change", code.booking))
    # Well after the cut-off, so that it can still be canceled.
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Go on with this time").click()
    page.get_by_role("button", name="Move my visit").dblclick()
    expect(heading(page)).to_have_text("Your visit is moved")
    assert Booking.objects.get(pk=code.booking.pk).revision == 2
    page.go_back()
    if page.get_by_role("button", name="Move my visit").count():
        page.get_by_role("button", name="Move my visit").click()
    expect(heading(page)).to_have_text("Your visit is moved")
    assert Booking.objects.get(pk=code.booking.pk).revision == 2
    page.goto(live_server.url + own_address("cancel", code.booking))
    page.get_by_label("I would rather not say").check()
    page.get_by_role("button", name="Cancel my visit").dblclick()
    expect(heading(page)).to_have_text("Your visit is canceled")
    assert Booking.objects.get(pk=code.booking.pk).revision == 3
    page.go_back()
    expect(heading(page)).to_be_visible()
    assert Booking.objects.get(pk=code.booking.pk).revision == 3
    page.context.close()


def test_a_time_that_went_while_one_was_reading_is_told_and_the_reason_stays(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    page = browser.new_context(**LOOKS["phone-light"]).new_page()
    sign_in(page.context)
    page.goto(live_server.url + own_address("change", code.booking))
    first = page.get_by_role("radio").first
    minutes = int((first.get_attribute("value") or "").partition("-")[0], 16)
    first.check()
    page.get_by_role("button", name="Go on with this time").click()
    start = dt.datetime.fromtimestamp(minutes * 60, dt.UTC)
    BookingFactory(resource=code.booking.resource, start=start, end=start + HOUR)
    page.get_by_label(re.compile("Why do you need")).fill("I have to work")
    page.get_by_role("button", name="Move my visit").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody was quicker")
    check(page, "change-quicker")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Go on with this time").click()
    expect(page.get_by_label(re.compile("Why do you need"))).to_have_value("I have to work")
    assert "work" not in page.url
    page.get_by_role("button", name="Move my visit").click()
    expect(heading(page)).to_have_text("Your visit is moved")
    page.context.close()
