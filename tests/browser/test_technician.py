"""The technician's page in a real browser: without a connection, without scripts, by keyboard, by two taps too many."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from bookings.messages.told import COMPLETED
from bookings.models import Booking, BookingStatus, Resource, Tap, TapOutcome
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from tests.bookings.technician.stage import stop, technician, user_of
from tests.browser.test_inapp import signed_in
from tests.browser.test_visit_looks import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
S = BookingStatus
PHONE = LOOKS["phone-light"]


def opened(context: BrowserContext, live_server: Any) -> Page:
    """Return the page, once its worker has kept it for when there is no connection."""
    page = context.new_page()
    page.goto(f"{live_server.url}/technician/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    kept = """async () => {
        const wanted = ['/technician/', 'technician.js', 'technician/taps.js', 'technician.css'];
        const names = (await caches.keys()).filter((name) => name.startsWith('technician-'));
        const kept = names.length ? await (await caches.open(names[0])).keys() : [];
        return wanted.every((end) => kept.some((file) => file.url.endsWith(end)));
    }"""
    until(page, lambda: page.evaluate(kept))
    return page


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait until something is so, also in the database; fail after some seconds."""
    end = timezone.now() + dt.timedelta(seconds=20)
    while not is_so():
        assert timezone.now() < end, "it never came to be so"
        page.wait_for_timeout(50)


def kept_taps(page: Page) -> str:
    """Return what the phone keeps."""
    key = "Object.keys(localStorage).find((key) => key.startsWith('technician-taps'))"
    return str(page.evaluate(f"localStorage.getItem({key})"))


def verbs(booking: Booking) -> list[str]:
    return list(booking.changes.filter(revision__gt=1).order_by("revision").values_list("verb", flat=True))


def tapped(page: Page, name: str) -> None:
    """Press a button as somebody does who looks before each tap."""
    expect(page.locator("body[data-tapped]")).to_have_count(0)
    page.get_by_role("button", name=name).first.click()


def test_three_taps_without_a_connection_become_three_changes_once_and_in_order(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    before = timezone.now()
    for name, state in (("Set off", "On the way"), ("Start work", "Working"), ("Complete", "Done")):
        tapped(page, name)
        expect(page.locator(".stop-now [data-badge]")).to_have_text(state)
        expect(page.locator(".stop-now").get_by_text("Not sent yet")).to_be_visible()
    expect(page.get_by_text("Not sent yet: 3.")).to_be_visible()
    after = timezone.now()
    assert verbs(booking) == []
    page.reload()
    expect(page.get_by_text("Not sent yet: 3.")).to_be_visible()
    expect(page.locator(".stop-now [data-badge]")).to_have_text("Done")
    phone.set_offline(False)
    until(page, lambda: Tap.objects.count() == 3)
    expect(page.get_by_text("That was all for today")).to_be_visible()
    expect(page.get_by_text("Not sent yet").filter(visible=True)).to_have_count(0)
    assert verbs(booking) == ["travel", "start", "complete"]
    times = list(booking.changes.filter(revision__gt=1).order_by("revision").values_list("at", flat=True))
    assert times == sorted(times)
    assert before - dt.timedelta(seconds=1) <= times[0] <= times[-1] <= after
    assert set(Tap.objects.values_list("outcome", flat=True)) == {TapOutcome.DONE}
    delivery.drain()
    rows = CustomerNotification.objects.regarding(booking)
    told = rows.filter(state=State.SIMULATED).values_list("event", "channel")
    assert sorted(told) == [(COMPLETED, "email"), (COMPLETED, "sms")]
    assert not rows.filter(state__in=State.open()).exists()


def test_the_phone_restarted_without_a_connection_still_has_the_page_and_the_taps(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    page.close()
    again = phone.new_page()
    again.goto(f"{live_server.url}/technician/")
    expect(again.locator(".stop-now [data-badge]")).to_have_text("On the way")
    expect(again.get_by_text("No connection.")).to_be_visible()
    assert again.evaluate("getComputedStyle(document.querySelector('.stop-big')).minHeight") == "56px"
    phone.set_offline(False)
    until(again, lambda: verbs(booking) == ["travel"])
    expect(again.get_by_text("No connection.")).to_be_hidden()


def test_with_a_connection_a_tap_shows_at_once_and_is_sent_at_once(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    tapped(page, "Set off")
    until(page, lambda: verbs(booking) == ["travel"])
    expect(page.get_by_text("Your customer expects you:")).to_be_visible()
    expect(page.get_by_role("button", name="Set off")).to_be_hidden()
    tapped(page, "30 min")
    until(page, lambda: verbs(booking) == ["travel", "run_late"])
    expect(page.get_by_text("Running late is noted. You are expected:")).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_tap_is_one_tap(browser: Browser, live_server: Any, omar: Resource, scripts: bool) -> None:
    booking = stop(omar)
    context = signed_in(browser, live_server, user_of(omar), java_script_enabled=scripts, **PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/technician/")
    page.get_by_role("button", name="Set off").dblclick()
    expect(page.locator(".stop-now [data-badge]")).to_have_text("On the way")
    until(page, lambda: verbs(booking) == ["travel"])
    expect(page.get_by_text("Your customer expects you:")).to_be_visible()  # loaded again: everything has been sent
    expect(page.locator(".stop-now [data-badge]")).to_have_text("On the way")
    assert Tap.objects.count() == 1
    context.close()


def test_without_scripts_each_button_is_a_form_and_says_what_came_of_it(
    browser: Browser, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    context = signed_in(browser, live_server, user_of(omar), java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/technician/")
    page.get_by_role("button", name="Running late 15 min (Boiler service").click()
    expect(page.locator(".notice")).to_have_text("Running late is noted: Boiler service.")
    page.get_by_role("button", name="Set off").click()
    expect(page.locator(".notice")).to_have_text("You are on the way: Boiler service.")
    Booking.objects.get(pk=booking.pk).cancel()
    page.get_by_role("button", name="Start work").click()
    expect(page.locator(".notice-error")).to_contain_text("This visit is Canceled")
    assert verbs(booking) == ["run_late", "travel", "cancel"]
    context.close()


def test_a_tap_that_the_dispatcher_made_impossible_is_shown_with_the_reason_until_it_was_read(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    Booking.objects.get(pk=booking.pk).cancel()
    phone.set_offline(False)
    refusal = page.locator(".day-refusal")
    expect(refusal).to_contain_text("This visit is Canceled")
    expect(page.get_by_text("That was all for today")).to_be_visible()
    page.reload()
    expect(refusal).to_contain_text("Set off")
    refusal.get_by_role("button", name="OK").click()
    expect(refusal).to_have_count(0)
    page.reload()
    expect(page.get_by_text("That was all for today")).to_be_visible()
    expect(refusal).to_have_count(0)


def test_a_visit_that_is_somebody_elses_by_now_is_refused_and_the_next_tap_goes_on(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    lost, kept = stop(omar), stop(omar, "Leak repair", hours=1.5)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    page.get_by_text("Leak repair").first.click()
    tapped(page, "Set off (Leak repair")
    Booking.objects.get(pk=lost.pk).assign(technician("ann", "Ann Other"))
    phone.set_offline(False)
    expect(page.locator(".day-refusal")).to_contain_text("This visit is not yours any more.")
    until(page, lambda: verbs(kept) == ["travel"])
    assert verbs(lost) == ["assign"]


def test_whoever_was_signed_out_meanwhile_loses_no_tap(
    phone: BrowserContext, live_server: Any, omar: Resource, browser: Browser
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    session = [cookie for cookie in phone.cookies() if cookie["name"] == "sessionid"]
    phone.clear_cookies(name="sessionid")
    phone.set_offline(False)
    link = page.get_by_role("link", name="Sign in to send 1 tap")
    expect(link).to_be_visible()
    assert verbs(booking) == []
    link.click()
    expect(page.get_by_label("Password")).to_be_visible()
    until(page, lambda: page.evaluate("async () => (await caches.keys()).length") == 0)
    phone.add_cookies([{"name": "sessionid", "value": session[0]["value"], "url": live_server.url}])
    page.goto(f"{live_server.url}/technician/")
    until(page, lambda: verbs(booking) == ["travel"])


def test_taps_of_one_user_are_not_made_by_another_on_the_same_phone(
    browser: Browser, phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    ann = technician("ann", "Ann Other")
    other = signed_in(browser, live_server, user_of(ann))
    (session,) = [cookie["value"] for cookie in other.cookies() if cookie["name"] == "sessionid"]
    phone.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    other.close()
    phone.set_offline(False)
    # A tab of its own: the first one may be on its way somewhere by itself, now that it is told to sign in.
    page = phone.new_page()
    page.goto(f"{live_server.url}/technician/")
    expect(page.locator("[data-day]")).to_contain_text("Ann Other", timeout=30_000)
    expect(page.get_by_text("No visits today")).to_be_visible()
    assert (Tap.objects.count(), verbs(booking)) == (0, [])
    kept = json.loads(page.evaluate("(key) => localStorage.getItem(key)", f"technician-taps-{omar.user_id}"))
    assert [(tap["verb"], tap.get("outcome")) for tap in kept] == [("travel", None)]
    kept_for = "async () => (await caches.match('/technician/')) ? await caches.keys() : []"
    until(page, lambda: page.evaluate(kept_for) == [f"technician-{ann.user_id}"])
    assert "Boiler" not in page.evaluate(
        "async () => await (await (await caches.open((await caches.keys())[0])).match('/technician/')).text()"
    )


@pytest.mark.parametrize("status", [500, 503, 429, 404])
def test_a_server_in_trouble_is_asked_again(
    phone: BrowserContext, live_server: Any, omar: Resource, status: int
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    tries: list[int] = []

    def trouble(route: Route) -> None:
        tries.append(1)
        if len(tries) < 3:
            route.fulfill(status=status, body="<h1>Sorry</h1>")
        else:
            route.continue_()

    page.route("**/technician/taps/", trouble)
    tapped(page, "Set off")
    expect(page.get_by_text("Not sent yet: 1.")).to_be_visible()
    until(page, lambda: verbs(booking) == ["travel"])
    assert len(tries) == 3


def test_an_answer_that_got_lost_makes_no_second_change(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        route.fetch()
        lost.append(1)
        route.abort()

    page.route("**/technician/taps/", lose)
    tapped(page, "15 min")
    until(page, lambda: verbs(booking) == ["run_late"])
    expect(page.get_by_text("Not sent yet: 1.")).to_be_visible()
    expect(page.get_by_text("Not sent yet").filter(visible=True)).to_have_count(0, timeout=10_000)
    assert verbs(booking) == ["run_late"]
    assert lost == [1]


def test_two_tabs_send_each_tap_once(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    booking = stop(omar)
    page, other = opened(phone, live_server), opened(phone, live_server)
    phone.set_offline(True)
    tapped(page, "Set off")
    expect(other.locator(".stop-now [data-badge]")).to_have_text("On the way")
    tapped(other, "Start work")
    phone.set_offline(False)
    until(page, lambda: Tap.objects.count() == 2)
    for tab in (page, other):
        expect(tab.get_by_text("Not sent yet").filter(visible=True)).to_have_count(0)
        expect(tab.locator(".stop-now [data-badge]")).to_have_text("Working")
        until(tab, lambda tab=tab: kept_taps(tab) == "[]")  # type: ignore[misc]
    assert verbs(booking) == ["travel", "start"]
    assert set(Tap.objects.values_list("outcome", flat=True)) == {TapOutcome.DONE}


def test_the_keyboard_does_it_all_and_is_not_lost(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    page.get_by_role("button", name="Set off").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start work")).to_be_focused()
    until(page, lambda: verbs(booking) == ["travel"])
    expect(page.get_by_text("Your customer expects you:")).to_be_visible()
    expect(page.get_by_role("button", name="Start work")).to_be_focused()
    expect(page.locator("body[data-tapped]")).to_have_count(0)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Complete")).to_be_focused()
    until(page, lambda: verbs(booking) == ["travel", "start"])


def test_nothing_breaks_the_content_security_policy(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    stop(omar)
    complaints: list[str] = []
    page = phone.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/technician/", wait_until="networkidle")
    tapped(page, "Set off")
    expect(page.get_by_text("Your customer expects you:")).to_be_visible()
    page.goto(f"{live_server.url}/technician/tracker/", wait_until="networkidle")
    assert complaints == []
