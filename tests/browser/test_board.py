"""The schedule board in a real browser: by mouse, by keyboard alone, without scripts, and in two browsers at once.

With SCREENSHOTS=<folder> in the environment each look is also kept as a picture.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from bookings.models import Absence, Booking, Resource, WorkOrder
from fsportal.lib import zones
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.bookings.board.stage import company_in_london
from tests.browser.test_settings_area_looks import RULES
from tests.browser.test_visit_looks import LOOKS
from tests.factories import AccountFactory, BookingFactory, ResourceFactory, UserFactory, WorkOrderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ZONE = "Europe/London"
HOUR = dt.timedelta(hours=1)
EVERY_DAY = {str(day): ["08:00", "18:00"] for day in range(7)}
Open = Callable[..., Page]


def tomorrow() -> dt.date:
    return zones.local(timezone.now(), ZONE).date() + dt.timedelta(days=1)


def at(clock: str) -> dt.datetime:
    return zones.local_to_utc(dt.datetime.combine(tomorrow(), dt.time.fromisoformat(clock)), ZONE)


@pytest.fixture
def smith() -> Booking:
    """Return a visit of tomorrow at ten; others, work in the tray and an absence are around it."""
    company_in_london()
    omar = ResourceFactory(name="Omar Haddad", working_hours=EVERY_DAY)
    grace = ResourceFactory(name="Grace O'Malley", working_hours=EVERY_DAY)
    Absence.objects.create(resource=grace, start=at("15:00"), end=at("18:00"))
    booking: Booking = visit(omar, "10:00", "Smith & Sons")
    visit(grace, "13:00", "Jones Bakery")
    WorkOrderFactory(account=AccountFactory(name="Waiting Ltd"), waits_since=timezone.now(), request="Mornings, please")
    return booking


def visit(technician: Resource, clock: str, customer: str) -> Booking:
    account = AccountFactory(name=customer)
    made: Booking = BookingFactory(
        resource=technician, work_order__account=account, start=at(clock), end=at(clock) + HOUR
    )
    return made


@pytest.fixture
def board(browser: Browser, live_server: Any, smith: Booking) -> Iterator[Open]:
    """Open tomorrow's board as a dispatcher of that name."""
    contexts = []

    def opened(name: str = "Dora", view: str = "day", **look: Any) -> Page:
        client = Client()
        client.force_login(UserFactory(first_name=name, is_staff=True, groups=["dispatcher"]))
        context = browser.new_context(locale="en-GB", **({"viewport": {"width": 1280, "height": 900}} | look))
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}{reverse('admin:board')}?day={tomorrow()}&view={view}")
        return page

    yield opened
    for context in contexts:
        context.close()


def box(page: Page, customer: str) -> Locator:
    return page.locator(f'.board-visit[data-name="{customer}"], .board-work[data-name="{customer}"]')


def said(page: Page) -> Locator:
    return page.locator(".board-news")


def drag(page: Page, customer: str, lane: str, hour: float) -> None:
    """Drag a visit by its left end so that it begins at this hour."""
    held = box(page, customer).bounding_box()
    row = page.locator(f'tr[data-name="{lane}"] .board-lane').bounding_box()
    table = page.locator("[data-lanes]")
    assert held
    assert row
    first, last = (int(table.get_attribute(name) or 0) for name in ("data-first", "data-last"))
    page.mouse.move(held["x"] + 1, held["y"] + 20)
    page.mouse.down()
    page.mouse.move(held["x"] + 12, held["y"] + 24)
    x = row["x"] + row["width"] * (hour - first) / (last - first) + 1
    page.mouse.move(x, row["y"] + 20, steps=4)


def is_at(booking: Booking, clock: str, technician: str) -> bool:
    booking.refresh_from_db()
    return (booking.start, booking.resource.name) == (at(clock), technician)


def faultless(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/board-{name}.png", full_page=True)
    found = Axe().run(page, options=RULES)
    assert not found.violations_count, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name


def test_by_mouse_a_visit_moves_says_first_who_is_told_and_is_undone(board: Open, smith: Booking) -> None:
    delivery.drain()
    page = board()
    expect(page.locator(".board-live")).to_be_visible()
    drag(page, "Smith & Sons", "Grace O'Malley", 9)
    expect(page.locator(".board-hover")).to_contain_text("Smith & Sons: 09:00 to 10:00, Grace O'Malley")
    expect(page.locator(".board-hover")).to_contain_text("The customer:")
    assert is_at(smith, "10:00", "Omar Haddad"), "nothing is saved before the drop"
    page.mouse.up()
    expect(said(page)).to_contain_text("09:00 to 10:00")
    assert is_at(smith, "09:00", "Grace O'Malley")
    said(page).get_by_role("button", name="Undo").click()
    expect(said(page)).to_contain_text("Undone. No customer was told of the change.")
    assert is_at(smith, "10:00", "Omar Haddad")
    # Onto another visit: nothing happens without a reason.
    expect(page.locator('tr[data-name="Omar Haddad"] .board-visit[data-name="Smith & Sons"]')).to_be_visible()
    drag(page, "Smith & Sons", "Grace O'Malley", 13.5)
    page.mouse.up()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Grace O'Malley has another visit at this time: Jones Bakery")
    faultless(page, "dialog")
    dialog.get_by_role("button", name="Leave it as it is").click()
    assert is_at(smith, "10:00", "Omar Haddad")
    # From the tray.
    drag(page, "Waiting Ltd", "Omar Haddad", 12)
    page.mouse.up()
    expect(said(page)).to_contain_text("Waiting Ltd")
    assert not WorkOrder.objects.filter(waits_since__isnull=False).exists()
    expect(page.locator('tr[data-name="Omar Haddad"] .board-visit')).to_have_count(2)
    # A click opens the panel, with the phone.
    box(page, "Jones Bakery").click()
    expect(page.locator(".board-panel")).to_contain_text("Reschedule")
    faultless(page, "desk-light")


def test_by_keyboard_alone_a_visit_is_picked_up_moved_dropped_and_put_back(board: Open, smith: Booking) -> None:
    page = board(color_scheme="dark")
    live = page.locator("[data-live]")
    expect(page.locator(".board-live")).to_be_visible()
    what = box(page, "Smith & Sons").locator(".board-what")
    box(page, "Jones Bakery").locator(".board-what").focus()
    page.keyboard.press("ArrowDown")
    expect(what).to_be_focused()
    page.keyboard.press("Enter")
    expect(live).to_contain_text("Picked up. Arrow keys move it")
    page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("10:15 to 11:15, Omar Haddad")
    page.keyboard.press("Escape")
    expect(live).to_have_text("Put back where it was.")
    page.keyboard.press("Space")
    for key in ("ArrowUp", "ArrowLeft", "Shift+ArrowLeft", "+"):
        page.keyboard.press(key)
    expect(live).to_contain_text("09:40 to 10:55, Grace O'Malley")
    expect(live).to_contain_text("The customer:")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("09:40 to 10:55")
    expect(box(page, "Smith & Sons").locator(".board-what")).to_be_focused()
    assert is_at(smith, "09:40", "Grace O'Malley")
    page.keyboard.press("Control+z")
    expect(said(page)).to_contain_text("Undone")
    assert is_at(smith, "10:00", "Omar Haddad")
    faultless(page, "desk-dark")
    # Into the tray, which asks first.
    box(page, "Smith & Sons").locator(".board-what").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_contain_text("Put it back into the tray?")
    page.get_by_role("button", name="Cancel the visit, and plan it again").press("Enter")
    expect(page.locator('.board-work[data-name="Smith & Sons"]')).to_be_visible()


def test_without_scripts_and_on_a_phone_it_is_a_list_whose_visits_are_moved_by_a_form(
    board: Open, smith: Booking
) -> None:
    page = board(java_script_enabled=False, **LOOKS["phone-light"])
    box(page, "Smith & Sons").get_by_role("link", name="Move").click()
    page.get_by_label("Begins").fill("13:15")
    page.get_by_label("Technician").select_option("Grace O'Malley")
    page.get_by_role("button", name="Show what will be told", exact=True).click()
    expect(page.get_by_text("Grace O'Malley has another visit at this time")).to_be_visible()
    page.get_by_label("Book all the same").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Say why it is booked all the same.")).to_be_visible()
    page.get_by_label("Why").first.fill("They work together")
    expect(page.get_by_label("Book all the same")).to_be_checked()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("13:15 to 14:15")
    assert is_at(smith, "13:15", "Grace O'Malley")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".messagelist")).to_contain_text("Undone")
    assert is_at(smith, "10:00", "Omar Haddad")
    for name in ("phone-light", "phone-dark"):
        faultless(board(**LOOKS[name]), name)
    faultless(board(view="week", **LOOKS["desk-dark"]), "week")


def test_of_two_browsers_that_drop_the_same_visit_one_wins_and_the_other_is_told(board: Open, smith: Booking) -> None:
    dora, emil = board("Dora"), board("Emil")
    for page in (dora, emil):
        expect(page.locator(".board-live")).to_be_visible()
    drag(emil, "Smith & Sons", "Omar Haddad", 16)
    drag(dora, "Smith & Sons", "Omar Haddad", 12)
    dora.mouse.up()
    expect(said(dora)).to_contain_text("12:00 to 13:00")
    emil.mouse.up()
    expect(said(emil)).to_contain_text("Dora changed this visit meanwhile: it is Scheduled now")
    expect(box(emil, "Smith & Sons")).to_contain_text("12:00")
    assert is_at(smith, "12:00", "Omar Haddad")
    assert CustomerNotification.objects.regarding(smith).filter(event="rescheduled").count() <= 2, "of one move"
