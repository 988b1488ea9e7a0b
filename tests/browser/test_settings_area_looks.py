"""The Settings area in a real browser: axe finds nothing, nothing overflows, and no page breaks its own CSP.

With SCREENSHOTS=<folder> in the environment each page is also kept as a picture, to be looked at.
"""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from bookings.models import (
    Absence,
    BookingNotificationCode,
    CalendarFeed,
    Change,
    CustomerNote,
    Feedback,
    Resource,
    Route,
    Series,
    Wish,
)
from bookings.series.changing import repeat
from bookings.series.making import make_due
from fsportal.models import AuditEntry
from notifications.customers import delivery
from notifications.models import NotificationAttempt, State
from portal.admin.settings_pages.subjects import SUBJECTS
from portal.models import InvitedAddress, WebRole
from tests.admin_cast import account, booking, contact, make_booking, make_message, resource
from tests.browser.test_visit_looks import AXE, LOOKS
from tests.factories import (
    BookingFactory,
    ContactFactory,
    GroupInvitationFactory,
    InvitationFactory,
    ResourceFactory,
    UserFactory,
    redeem,
)

__all__ = ["account", "booking", "contact", "make_booking", "make_message", "resource"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: What the design promises, WCAG 2.2 AA; best practices of Django's own pages are not ours to judge.
RULES = AXE | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def addresses(
    booking: Any, contact: Any, make_booking: Callable[..., Any], make_message: Callable[..., Any]
) -> dict[str, str]:
    """Return the pages, on records with awkward words."""
    contact.name = "<b>Ann</b> " + "W" * 180
    contact.save()
    make_booking(-3)
    failed = make_message(State.FAILED, reason="refused", detail="550 no such user")
    NotificationAttempt.objects.create(notification=failed, provider="smtp", detail="550 no such user")
    for state in State.values:
        make_message(state)
    code = BookingNotificationCode.issue(booking, contact)
    code.opened()
    awkward = "<b>Friday</b> " + "W" * 150
    wish = CustomerNote.objects.create(booking=booking, contact=contact, wish=Wish.CHANGE, text=awkward)
    Feedback.objects.create(booking=booking, contact=contact, rating=2, comment=awkward)
    service = booking.work_order.incident_type
    ahead = make_booking(30)
    off = make_booking(30.5)
    off.cancel()
    Absence.objects.create(resource=off.resource, start=off.start, end=off.end, note=awkward)
    booking.travel(Change(why="<script>alert(1)</script>"))
    whereabouts(booking)
    series = repeat(ahead, Series(name="R" * 100, first_day=ahead.start.date(), start_time=dt.time(9)), by=None)
    make_due(timezone.now())
    feed = CalendarFeed.of_technician(booking.resource, by=None)
    action = "admin:bookings_booking_action"
    return {
        "index": reverse("admin:index"),
        "today": reverse("admin:today"),
        "day-map": reverse("admin:day-map"),
        "health": reverse("admin:health"),
        "bookings": reverse("admin:bookings_booking_changelist"),
        "booking": reverse("admin:bookings_booking_change", args=[booking.pk]),
        "assign": reverse(action, args=[booking.pk, "assign"]),
        "plan": reverse("admin:bookings_booking_change", args=[ahead.pk]),
        "reschedule": reverse(action, args=[ahead.pk, "reschedule"]),
        "change-following": reverse(action, args=[ahead.pk, "change-following"]),
        "repeat": reverse(action, args=[booking.pk, "repeat"]),
        "series": reverse("admin:bookings_series_change", args=[series.pk]),
        "all-series": reverse("admin:bookings_series_changelist"),
        "calendar-feed": reverse("admin:bookings_calendarfeed_change", args=[feed.pk]),
        "tell-now": reverse(action, args=[ahead.pk, "tell-now"]),
        "new-visit": reverse("admin:new-visit"),
        "log": reverse("admin:notifications_customernotification_changelist"),
        "message": reverse("admin:notifications_customernotification_change", args=[failed.pk]),
        "codes": reverse("admin:bookings_bookingnotificationcode_changelist"),
        "code": reverse("admin:bookings_bookingnotificationcode_change", args=[code.pk]),
        "add-code": reverse("admin:bookings_bookingnotificationcode_add"),
        "wishes": reverse("admin:bookings_customernote_changelist"),
        "wish": reverse("admin:bookings_customernote_change", args=[wish.pk]),
        "feedback": reverse("admin:bookings_feedback_changelist"),
        "technician": reverse("admin:bookings_resource_change", args=[booking.resource_id]),
        "out": reverse("admin:bookings_resource_out", args=[booking.resource_id]),
        "out-visits": reverse("admin:bookings_resource_out", args=[booking.resource_id]) + out_now(),
        "absences": reverse("admin:bookings_absence_changelist"),
        "add-absence": reverse("admin:bookings_absence_add"),
        "reopen-conflict": reverse(action, args=[off.pk, "reopen"]),
        "work-order": reverse("admin:bookings_workorder_change", args=[booking.work_order_id]),
        "account": reverse("admin:fsportal_account_change", args=[contact.account_id]),
        "user": reverse("admin:fsportal_user_change", args=[UserFactory(is_staff=True).pk]),
        "incident-type": reverse("admin:bookings_incidenttype_change", args=[service.pk]),
        "settings": reverse("admin:fsportal_portalsettings_change", args=[1]),
        "contact": reverse("admin:fsportal_contact_change", args=[contact.pk]),
        **customers_come_in(contact),
        **frame_and_company(contact),
    }


def frame_and_company(contact: Any) -> dict[str, str]:
    """Return the pages that belong to no visit, and those that Django brings along."""
    group, _ = Group.objects.get_or_create(name="dispatcher")
    entry = AuditEntry.note(contact, "changed", changes={"name": ["W" * 90, "<b>Ann</b>"]})
    of_contact = "admin:fsportal_contact"
    return {
        "find": reverse("admin:find") + "?q=ann",
        "first-hour": reverse("admin:first-hour"),
        "invite-staff": reverse("admin:invite-staff"),
        "reports": reverse("admin:reports"),
        "board": reverse("admin:board"),
        **{subject.url_name: subject.url for subject in SUBJECTS if subject.slug in ("company", "hours", "delivery")},
        "templates": reverse("admin:notifications_messagetemplate_changelist"),
        "audit": reverse("admin:fsportal_auditentry_changelist"),
        "audit-entry": reverse("admin:fsportal_auditentry_change", args=[entry.pk]),
        "group": reverse("admin:auth_group_change", args=[group.pk]),
        "add-user": reverse("admin:fsportal_user_add"),
        "password": reverse("admin:password_change"),
        "contacts-popup": reverse(f"{of_contact}_changelist") + "?_to_field=id&_popup=1",
        "contact-history": reverse(f"{of_contact}_history", args=[contact.pk]),
        "contact-delete": reverse(f"{of_contact}_delete", args=[contact.pk]),
        "nothing-found": reverse(f"{of_contact}_changelist") + "?q=nobody-of-this-name",
        "import": reverse("admin:bookings_bookingimport_add"),
    }


def out_now() -> str:
    """Return the form of *Somebody is out* for these days."""
    days = [timezone.now().date() + dt.timedelta(days=number) for number in (-1, 4)]
    return f"?kind=ill&first_day={days[0]}&last_day={days[1]}"


def whereabouts(booking: Any) -> None:
    """Let the technician of a visit be on the way with a line to it, and another with an awkward name be late."""
    far = ResourceFactory(name="<b>Bo</b> " + "W" * 90, last_latitude=42.7, last_longitude=-73.8)
    BookingFactory(resource=far, start=timezone.now() - dt.timedelta(hours=1), end=timezone.now())
    seen = {"last_latitude": 42.65, "last_longitude": -73.75, "last_seen_at": timezone.now()}
    Resource.objects.filter(pk=booking.resource_id).update(**seen)
    line = [[42.65, -73.75], [42.66, -73.76], [42.66, -73.77]]
    Route.objects.create(booking=booking, line=line, computed_at=timezone.now())


def customers_come_in(contact: Any) -> dict[str, str]:
    """Return the pages of invitations and web roles: one still open, a group with redemptions, one undone."""
    single = InvitationFactory(contact=contact)
    contact.opt_out("email", how="test")
    single.send(by=None)
    delivery.drain()
    people = ContactFactory.create_batch(2, account=contact.account)
    group = GroupInvitationFactory(account=contact.account, contacts=[*people, contact])
    redemption, undone = (redeem(group, person, UserFactory()) for person in people)
    undone.undo(by=None, why="<script>alert(1)</script>")
    over = InvitationFactory(contact=people[0])
    over.withdraw(by=None, why="W" * 300)
    InvitedAddress.objects.create(email=people[0].email)
    role = WebRole.web_api_users()
    invitation = "admin:portal_invitation"
    return {
        "invitations": reverse(f"{invitation}_changelist"),
        "invitation": reverse(f"{invitation}_change", args=[single.pk]),
        "group": reverse(f"{invitation}_change", args=[group.pk]),
        "withdrawn": reverse(f"{invitation}_change", args=[over.pk]),
        "add-invitation": reverse(f"{invitation}_add"),
        "add-group": reverse(f"{invitation}_add") + "?type=group",
        "extend": reverse(f"{invitation}_action", args=[single.pk, "extend"]),
        "withdraw": reverse(f"{invitation}_action", args=[single.pk, "withdraw"]),
        "redemptions": reverse("admin:portal_redemption_changelist"),
        "redemption": reverse("admin:portal_redemption_change", args=[redemption.pk]),
        "undo": reverse("admin:portal_redemption_action", args=[redemption.pk, "undo"]),
        "addresses": reverse("admin:portal_invitedaddress_changelist"),
        "web-roles": reverse("admin:portal_webrole_changelist"),
        "web-role": reverse("admin:portal_webrole_change", args=[role.pk]),
        "web-roles-of-contact": reverse("admin:portal_webrole_of_contact", args=[people[0].pk]),
        "contact-come-in": reverse("admin:fsportal_contact_change", args=[people[0].pk]),
    }


def signed_in(browser: Browser, server: str, look: dict[str, Any]) -> Page:
    """Return a page of a signed-in admin."""
    users: Any = get_user_model().objects
    user = users.filter(username="ada").first() or users.create_superuser("ada", "ada@example.com", "x")
    client = Client()
    client.force_login(user)
    context = browser.new_context(locale="en-GB", **look)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server}])
    return context.new_page()


def all_answered(page: Page, open_requests: set[Request]) -> None:
    """Wait until scripts have run and what they asked for has come. (Playwright's own way waits half a second more.)"""
    painted = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
    page.evaluate(painted)
    while open_requests:
        page.evaluate(painted)


def seen_in(look: str, addresses: dict[str, str]) -> list[tuple[str, str]]:
    """Return the pages for a look. They share frame and kit: each is seen in one look, its neighbour in the other.

    With SCREENSHOTS or ALL_LOOKS each is seen in all.
    """
    pages = list(addresses.items())
    return pages if len(LOOKS) > 2 else pages[list(LOOKS).index(look) :: len(LOOKS)]


@pytest.mark.parametrize("name", LOOKS)
def test_every_kind_of_page_passes_axe_keeps_its_csp_and_fits(
    browser: Browser, live_server: Any, addresses: dict[str, str], name: str
) -> None:
    page = signed_in(browser, live_server.url, LOOKS[name])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_requests: set[Request] = set()

    def answered(request: Request) -> None:
        open_requests.discard(request)

    page.on("request", lambda request: open_requests.add(request))  # noqa: PLW0108  (Playwright takes no builtin)
    page.on("requestfinished", answered)
    page.on("requestfailed", answered)
    wrong = []
    for screen, address in seen_in(name, addresses):
        complaints.clear()
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert answer.ok, screen
        all_answered(page, open_requests)
        wrong += [f"{screen}: {complaint}" for complaint in complaints]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{screen} is wider than its window")
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/settings-{screen}-{name}.png", full_page=True)
        found = Axe().run(page, options=RULES)
        wrong += [f"{screen}: {found.generate_report()}"] * bool(found.violations_count)
    page.context.close()
    assert not wrong, "\n".join(wrong)


def test_every_part_of_the_style_guide_passes_axe_keeps_its_csp_and_fits(browser: Browser, live_server: Any) -> None:
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    for name, look in LOOKS.items():
        page = signed_in(browser, live_server.url, look)
        page.on("console", said)
        page.goto(live_server.url + reverse("admin:style-guide"))
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/style-guide-{name}.png", full_page=True)
        found = Axe().run(page, options=RULES)
        wrong += [f"{name}: {found.generate_report()}"] * bool(found.violations_count)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{name} is wider than its window")
        page.context.close()
    assert not wrong, "\n".join(wrong)


def test_a_look_up_box_finds_records_and_breaks_no_csp(
    browser: Browser, live_server: Any, addresses: dict[str, str]
) -> None:
    page = signed_in(browser, live_server.url, LOOKS["desk-dark"])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(live_server.url + addresses["add-code"])
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("WO-1")
    page.locator(".select2-results__option", has_text="WO-1").first.click()
    assert "WO-1" in (page.locator(".select2-selection__rendered").first.text_content() or "")
    page.context.close()
    assert not complaints


def test_a_verb_is_one_click_and_the_story_tells_it(
    browser: Browser, live_server: Any, addresses: dict[str, str]
) -> None:
    page = signed_in(browser, live_server.url, LOOKS["phone-light"])
    page.goto(live_server.url + addresses["booking"])
    page.get_by_role("button", name="Start work").click()
    page.get_by_text("Work has started.").wait_for()
    assert "ada, Settings area" in (page.locator(".timeline li").first.text_content() or "")
    page.context.close()


def test_inviting_is_one_click_and_the_code_is_copied_with_another(
    browser: Browser, live_server: Any, addresses: dict[str, str]
) -> None:
    contact = ContactFactory(name="Ann Smith")
    page = signed_in(browser, live_server.url, LOOKS["phone-light"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto(live_server.url + reverse("admin:fsportal_contact_change", args=[contact.pk]))
    page.get_by_role("button", name="Create Invitation").click()
    page.get_by_text("The invitation is made.").wait_for()
    invitation = contact.invitations.get()
    page.get_by_role("button", name="Copy the code").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == invitation.code
    page.get_by_role("button", name="Add the web role now").click()
    page.get_by_text("Ann Smith has the web role Web API Users.").wait_for()
    page.get_by_role("button", name="Send by email").dblclick()
    page.get_by_text("is on its way").wait_for()
    page.context.close()
    assert contact.web_roles.count() == 1
    assert invitation.messages().count() == 1


def test_contacts_are_given_a_web_role_by_looking_them_up(
    browser: Browser, live_server: Any, addresses: dict[str, str]
) -> None:
    contact = ContactFactory(name="Zoe Unusual")
    page = signed_in(browser, live_server.url, LOOKS["desk-dark"])
    page.goto(live_server.url + addresses["web-role"])
    page.locator(".add-existing .select2-search__field").fill("Zoe Unu")
    page.locator(".select2-results__option", has_text="Zoe Unusual").first.click()
    page.locator(".add-existing").get_by_role("button", name="Add").click()
    page.get_by_text("has it now").wait_for()
    page.context.close()
    assert contact.web_roles.count() == 1
