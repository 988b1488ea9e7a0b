"""The technician's page asks before slips of the finger, and takes them back: offline, by keyboard, without scripts."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bookings.models import Booking, BookingStatus, Resource, Tap
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from tests.bookings.technician.stage import HOUR, stop, user_of
from tests.browser.test_inapp import signed_in
from tests.browser.test_technician import PHONE, opened, tapped, until, verbs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
S = BookingStatus
NEVER_STARTED = "Work on this visit has not been started. Complete it all the same?"


def asked(page: Page) -> Any:
    """Return the question, once there is one."""
    question = page.get_by_role("dialog")
    expect(question).to_be_visible()
    return question


def answered(page: Page, name: str) -> None:
    expect(page.locator("body[data-tapped]")).to_have_count(0)
    asked(page).get_by_role("button", name=name).click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_completing_what_was_never_started_is_asked_without_a_connection_and_sent_once(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Complete")
    expect(asked(page)).to_contain_text(NEVER_STARTED)
    answered(page, "Not now")
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Planned")
    tapped(page, "Complete")
    answered(page, "Complete")
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Done")
    expect(page.get_by_text("Not sent yet: 1.")).to_be_visible()
    phone.set_offline(False)
    until(page, lambda: verbs(booking) == ["complete"])
    expect(page.get_by_text("Not sent yet").filter(visible=True)).to_have_count(0)
    assert Tap.objects.count() == 1


def test_what_was_completed_and_undone_without_a_connection_is_told_to_nobody(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Start work")
    tapped(page, "Complete")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Done")
    tapped(page, "Undo")
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Working")
    expect(page.get_by_role("button", name="Take a break")).to_be_visible()
    page.reload()
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Working")
    phone.set_offline(False)
    until(page, lambda: verbs(booking) == ["start", "complete", "reopen"])
    delivery.drain()
    rows = CustomerNotification.objects.regarding(booking).values_list("event", "state")
    assert set(rows) == {("completed", State.SUPERSEDED)}


def test_what_was_sent_can_be_undone_from_the_next_page_and_goes_on_without_a_connection(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    tapped(page, "Start work")
    tapped(page, "Complete")
    over = page.locator(".stop-over")
    expect(over.locator("[data-badge]")).to_have_text("Done")
    expect(page.get_by_text("That was all for today")).to_be_visible()
    phone.set_offline(True)
    tapped(page, "Undo")
    expect(over.locator("[data-badge]")).to_have_text("Working")
    tapped(page, "Take a break")
    expect(over.locator("[data-badge]")).to_have_text("Break")
    phone.set_offline(False)
    until(page, lambda: verbs(booking) == ["start", "complete", "reopen", "pause"])
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Break")
    expect(over).to_have_count(0)


@pytest.mark.parametrize("answer", ["Yes", "Not now"])
def test_a_visit_that_moved_to_another_day_meanwhile_is_asked_about_when_there_is_a_connection(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
    answer: str,
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    expect(page.locator(".stop-now [data-badge]")).to_have_text("On the way")
    Booking.objects.get(pk=booking.pk).reschedule(booking.start + 72 * HOUR)
    phone.set_offline(False)
    question = page.locator(".day-refusal")
    expect(question).to_contain_text("Set off now?")
    page.reload()
    expect(question).to_contain_text("This visit is on ")
    assert (verbs(booking), Tap.objects.count()) == (["reschedule"], 0)
    question.get_by_role("button", name=answer).click()
    expect(question).to_have_count(0)
    if answer == "Yes":
        until(page, lambda: verbs(booking) == ["reschedule", "travel"])
    else:
        page.reload()
        expect(page.get_by_text("No visits today")).to_be_visible()
        expect(question).to_have_count(0)
        assert verbs(booking) == ["reschedule"]


def test_setting_off_to_a_visit_that_was_left_over_is_asked_on_the_phone(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar, hours=-72)
    page = opened(phone, live_server)
    tapped(page, "Set off")
    expect(asked(page)).to_contain_text("This visit was to be on ")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    tapped(page, "Set off")
    answered(page, "Set off")
    until(page, lambda: verbs(booking) == ["travel"])


def test_a_double_tap_does_not_answer_the_question(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    page.evaluate("""() => {
        document.querySelector('[name=verb][value=complete]').form.requestSubmit();
        document.querySelector('[data-ask] [data-yes]').click();
    }""")
    expect(asked(page)).to_contain_text(NEVER_STARTED)
    assert verbs(booking) == []


def test_the_keyboard_answers_and_takes_back(
    phone: BrowserContext,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    complete = page.get_by_role("button", name="Complete (")
    complete.focus()
    page.keyboard.press("Enter")
    expect(asked(page).get_by_role("button", name="Complete")).to_be_focused()
    page.keyboard.press("Escape")
    expect(complete).to_be_focused()
    expect(page.locator("body[data-tapped]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("body[data-tapped]")).to_have_count(0)
    page.keyboard.press("Enter")
    until(page, lambda: verbs(booking) == ["complete"])
    over = page.locator(".stop-over")
    expect(over).to_be_visible()
    expect(over.get_by_role("heading")).to_be_focused()
    expect(page.locator("body[data-tapped]")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, lambda: verbs(booking) == ["complete", "reopen"])
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Planned")


def test_without_scripts_a_page_asks_and_the_day_takes_back(
    browser: Browser,
    live_server: Any,
    omar: Resource,
) -> None:
    booking = stop(omar)
    context = signed_in(browser, live_server, user_of(omar), java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/technician/")
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_role("heading", name=NEVER_STARTED)).to_be_visible()
    page.get_by_role("link", name="Not now").click()
    page.get_by_role("button", name="Complete").click()
    page.get_by_role("button", name="Complete").click()
    expect(page.locator(".notice")).to_have_text("Done: Boiler service.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_have_text("Undone: Boiler service.")
    assert verbs(booking) == ["complete", "reopen"]
    context.close()
