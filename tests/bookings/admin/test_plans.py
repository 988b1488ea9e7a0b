"""What the customer will be told, on the pages of the Settings area: before each change, changing nothing."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings import bulk
from bookings.admin import plans
from bookings.messages import queue
from bookings.models import Booking, BookingNotificationCode, Change, Resource
from bookings.plan import plan, plan_each
from fsportal.lib import zones
from fsportal.models import Account, Contact, PortalSettings
from fsportal.models.portal_settings import SendTo
from notifications.customers import delivery
from notifications.models import CustomerNotification, MessageTemplate, Reason, State, TemplateVersion
from tests.factories import ContactFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db
#: A Wednesday, 11:00 in New York.
NOW = dt.datetime(2027, 6, 9, 15, tzinfo=dt.UTC)
Make = Callable[..., Booking]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def make_booking(contact: Contact, resource: Resource) -> Make:
    """Make a booking that starts in so many hours, and of which its contact is about to be told."""

    def make(hours: float = 24) -> Booking:
        start = timezone.now() + dt.timedelta(hours=hours)
        order = WorkOrderFactory(account=contact.account, reported_by=contact)
        return Booking.schedule(work_order=order, resource=resource, start=start, end=start + dt.timedelta(hours=1))

    return make


def page(booking: Booking) -> str:
    return reverse("admin:bookings_booking_change", args=[booking.pk])


def action(booking: Booking, name: str) -> str:
    return reverse("admin:bookings_booking_action", args=[booking.pk, name])


def local(moment: dt.datetime) -> str:
    return zones.local(moment, "America/New_York").strftime("%Y-%m-%dT%H:%M")


def everything() -> list[object]:
    tables: tuple[type[Model], ...] = (Booking, CustomerNotification, BookingNotificationCode)
    return [list(table._default_manager.order_by("pk").values()) for table in tables]


# --- A booking's page -------------------------------------------------------------------------------------------------
def test_a_visits_page_says_what_goes_when_to_whom_and_in_whose_words(dispatcher: Client, booking: Booking) -> None:
    before = everything()
    words = dispatcher.get(page(booking)).content.decode()
    assert "What the customer will be told" in words
    for part in ("<strong>Booked</strong>", "At once", "Ann Smith", "a•••@example.com", "in English", "Built-in words"):
        assert part in words, part
    assert "[link]" in words
    template = MessageTemplate.objects.create(event="booked", language="en")
    body = "Expect us [when], <b>please</b>."
    template.current = TemplateVersion.objects.create(template=template, number=1, body=body)
    template.save()
    own = dispatcher.get(page(booking)).content.decode()
    assert "Your own words" in own
    assert "Expect us" not in words
    assert ", &lt;b&gt;please&lt;/b&gt;." in own
    assert everything() == before


def test_what_will_not_go_is_said_with_its_reason(dispatcher: Client, booking: Booking, contact: Contact) -> None:
    contact.opt_out("sms", how="test")
    assert "The contact has opted out of this channel" in dispatcher.get(page(booking)).content.decode()


def test_a_text_that_waits_for_the_morning_says_so(
    dispatcher: Client, make_booking: Make, clock: time_machine.Coordinates
) -> None:
    clock.move_to(NOW + dt.timedelta(hours=13))  # midnight
    words = dispatcher.get(page(make_booking(48))).content.decode()
    assert "waits for the hours for messages" in words
    assert "oday at 08:00 (New York time)" in words


def test_the_readers_own_time_stands_beside_the_sites(make_booking: Make) -> None:
    booking = make_booking(24 * 20)
    [first, *_rest] = [line for line in plans.shown_now(booking).going if line.what == "Upcoming booking"]
    assert "New York" in first.when
    assert "10:00 (UTC)" in first.own_time
    with timezone.override("America/New_York"):
        [first, *_rest] = [line for line in plans.shown_now(booking).going if line.what == "Upcoming booking"]
    assert first.own_time == ""


# --- Before a change --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "before", "says"),
    [
        ("travel", [], "<strong>Traveling</strong>"),
        ("complete", ["travel", "start_work"], "<strong>Booking completed</strong>"),
        ("cancel", [], "<strong>Booking canceled</strong>"),
        ("turn-back", ["travel"], "<strong>Running late</strong>"),
    ],
)
def test_each_button_says_before_it_is_pressed_who_will_be_told(
    dispatcher: Client, booking: Booking, name: str, before: list[str], says: str
) -> None:
    delivery.drain()
    for verb in before:
        getattr(booking, verb)()
        delivery.drain()
    rows = everything()
    words = dispatcher.get(action(booking, name)).content.decode()
    assert says.lower() in words.lower()
    assert everything() == rows


def test_rescheduling_says_who_will_be_told_of_the_time_that_is_typed(dispatcher: Client, booking: Booking) -> None:
    delivery.drain()
    rows = everything()
    assert "As things are:" in dispatcher.get(action(booking, "reschedule")).content.decode()

    def asked(start: dt.datetime, **more: str) -> str:
        data = {"revision": "1", "start": local(start), "end": "", "preview": "1", **more}
        answer = dispatcher.post(action(booking, "reschedule"), data)
        assert answer.status_code == 200
        return answer.content.decode()

    assert "<strong>Booking rescheduled</strong>" in asked(booking.start + dt.timedelta(hours=3))
    small = asked(booking.start + dt.timedelta(minutes=5))
    assert "<strong>Booking rescheduled</strong>" not in small
    assert "The start moved by ten minutes or less" in small
    assert "chose to tell nobody" in asked(booking.start + dt.timedelta(hours=3), quiet="on")
    assert "This time has passed" in asked(booking.start - dt.timedelta(days=30))
    assert everything() == rows


def test_what_is_missing_is_no_error_while_one_only_looks(dispatcher: Client, booking: Booking) -> None:
    answer = dispatcher.post(action(booking, "cancel"), {"revision": "1", "why": "", "preview": "1"})
    assert answer.status_code == 200
    assert "This field is required" not in answer.content.decode()


def test_the_plan_of_a_change_is_what_then_goes(dispatcher: Client, booking: Booking) -> None:
    delivery.drain()
    start = booking.start + dt.timedelta(hours=3)
    data = {"revision": "1", "start": local(start), "end": ""}
    planned = dispatcher.post(action(booking, "reschedule"), data | {"preview": "1"}).content.decode()
    dispatcher.post(action(booking, "reschedule"), data)
    delivery.drain()
    sent = CustomerNotification.objects.filter(event="rescheduled").exclude(told_at=None)
    assert {row.channel for row in sent} == {"email", "sms"}
    assert planned.count("<strong>Booking rescheduled</strong>") == len(sent)


# --- A new booking ----------------------------------------------------------------------------------------------------
def new_booking(booking: Booking, **more: str) -> dict[str, str]:
    start = NOW + dt.timedelta(hours=3)
    return {
        "token": str(uuid.uuid4()),
        "order": str(booking.work_order_id),
        "resource": str(booking.resource_id),
        "start": local(start),
        "language": "en",
        "despite": "place hours drive radius",
        "why": "A test",
        **more,
    }


def test_the_form_of_a_new_visit_shows_what_will_be_told_and_saves_nothing(admin: Client, booking: Booking) -> None:
    address, rows = reverse("admin:new-visit"), everything()
    assert "Fill in the form" in admin.get(address).content.decode()
    words = admin.post(address, new_booking(booking, preview="1", tell="on")).content.decode()
    assert "<strong>Booked</strong>" in words
    assert local(NOW + dt.timedelta(hours=3)) in words, "what was typed is kept"
    assert everything() == rows
    assert "Fill in the form" in admin.post(address, new_booking(booking, preview="1", start="")).content.decode()
    assert admin.post(address, new_booking(booking, save="1", tell="on")).status_code == 302
    assert Booking.objects.count() == 2


def test_nobody_is_told_of_a_visit_that_is_booked_quietly(admin: Client, booking: Booking) -> None:
    address = reverse("admin:new-visit")
    assert "chose to tell nobody" in admin.post(address, new_booking(booking, preview="1")).content.decode()
    admin.post(address, new_booking(booking, save="1"))
    made = Booking.objects.exclude(pk=booking.pk).get()
    assert made.is_quiet
    assert not CustomerNotification.objects.regarding(made).exists()
    assert "Nobody was told: Whoever made the change chose to tell nobody" in admin.get(page(made)).content.decode()


@pytest.mark.parametrize("name", ["reschedule", "cancel"])
def test_a_customer_is_not_told_of_a_change_that_is_made_quietly(
    dispatcher: Client, booking: Booking, name: str
) -> None:
    delivery.drain()
    before = CustomerNotification.objects.count()
    start = booking.start + dt.timedelta(hours=3)
    data = {"revision": "1", "why": "So", "start": local(start), "end": "", "quiet": "on"}
    assert dispatcher.post(action(booking, name), data).status_code == 302
    assert CustomerNotification.objects.count() == before
    assert booking.changes.get(revision=2).untold == Reason.DO_NOT_TELL


# --- Tell now ---------------------------------------------------------------------------------------------------------
def test_tell_now_shows_its_plan_tells_once_and_says_when(
    dispatcher: Client, reader: Client, booking: Booking, clock: time_machine.Coordinates
) -> None:
    delivery.drain()
    rows = everything()
    words = dispatcher.get(action(booking, "tell-now")).content.decode()
    assert "<strong>Upcoming booking</strong>" in words
    assert everything() == rows
    assert reader.post(action(booking, "tell-now")).status_code == 403
    for _time in range(2):
        answer = dispatcher.post(action(booking, "tell-now"), {"revision": "1"}, follow=True)
        assert "Goes within a minute." in answer.content.decode()
    asked = CustomerNotification.objects.filter(asked_by__username="dora")
    assert sorted(asked.values_list("event", "channel")) == [("upcoming", "email"), ("upcoming", "sms")]
    delivery.drain()
    assert {row.state for row in asked.all()} == {State.SIMULATED}
    assert "dora, Tell now" in dispatcher.get(page(booking)).content.decode()


def test_tell_now_for_many_counts_first_and_then_tells_each(dispatcher: Client, make_booking: Make) -> None:
    bookings = [make_booking(30 + number) for number in range(12)]
    delivery.drain()
    address = reverse("admin:bookings_booking_changelist")
    data = {"action": "bulk_tell", ACTION_CHECKBOX_NAME: [str(booking.pk) for booking in bookings]}
    rows = everything()
    answer = dispatcher.post(address, data, follow=True)
    words = answer.content.decode()
    assert "<dt>Upcoming booking, Email</dt><dd>12</dd>" in words
    assert words.count("Goes within a minute.") == plans.NAMED
    assert "And 2 more." in words
    assert everything() == rows
    dispatcher.post(answer.redirect_chain[-1][0])
    assert bulk.go_on() == 12
    assert CustomerNotification.objects.filter(asked_by__username="dora").count() == 24


# --- Today, the story, a contact --------------------------------------------------------------------------------------
def test_today_says_what_becomes_of_a_visit_booked_late_in_the_evening(
    dispatcher: Client, make_booking: Make, clock: time_machine.Coordinates
) -> None:
    clock.move_to(dt.datetime(2027, 6, 10, 3, 20, tzinfo=dt.UTC))  # 23:20 in New York; the daily run is at 10:00 UTC
    booking = make_booking(9)
    words = dispatcher.get(reverse("admin:today")).content.decode()
    assert "Goes within a minute." in words
    assert action(booking, "tell-now") in words
    assert "next sweep" not in words


def test_the_story_says_why_nobody_was_told_and_until_when_a_message_waits(
    dispatcher: Client, make_booking: Make, clock: time_machine.Coordinates
) -> None:
    clock.move_to(NOW + dt.timedelta(hours=13))
    booking = make_booking(48)
    delivery.drain()
    booking.reschedule(booking.start + dt.timedelta(minutes=5), change=Change())
    words = dispatcher.get(page(booking)).content.decode()
    assert "Nobody was told: The start moved by ten minutes or less" in words
    assert "Waits until Thu 10 Jun, 08:00 (New York time): Outside the hours in which messages go out" in words


def test_a_contacts_page_says_what_they_will_be_told_about_their_next_visits(
    admin: Client, make_booking: Make, contact: Contact
) -> None:
    for number in range(5):
        make_booking(24 * (number + 1))
    words = admin.get(reverse("admin:fsportal_contact_change", args=[contact.pk])).content.decode()
    assert "What this contact will be told" in words
    assert words.count("<strong>Booked</strong>, Email") == 3
    assert "And 2 more visits." in words


@pytest.mark.parametrize("send_to", SendTo.values)
def test_the_visits_of_a_contact_are_those_whose_recipient_they_are(
    send_to: int, account: Account, contact: Contact, resource: Resource
) -> None:
    fallback, reporter = ContactFactory(), ContactFactory(account=account)
    portal_settings = replace_settings(send_to, fallback)
    start, end = NOW + dt.timedelta(days=3), NOW + dt.timedelta(days=4)
    for reported_by in (None, contact, reporter):
        order = WorkOrderFactory(account=account, reported_by=reported_by)
        Booking.schedule(work_order=order, resource=resource, start=start, end=end)
    bookings = Booking.objects.all()
    for person in (contact, fallback, reporter):
        found = set(queue.told_to(person, bookings, portal_settings))
        assert found == {one for one in bookings if queue.recipient(one.work_order, portal_settings) == person}


def replace_settings(send_to: int, fallback: Contact) -> PortalSettings:
    portal_settings = PortalSettings.load()
    portal_settings.send_messages_to, portal_settings.fallback_contact = send_to, fallback
    portal_settings.save()
    return portal_settings


# --- Many plans -------------------------------------------------------------------------------------------------------
def test_plans_of_many_visits_are_those_of_each_in_as_many_statements_as_for_one(
    make_booking: Make, contact: Contact
) -> None:
    for number in range(6):
        make_booking(20 + 30 * number)
    bookings = list(Booking.objects.with_visit())
    contact.opt_out("sms", how="test")
    alone = [[(one.at, one.event, one.channel, one.reason) for one in plan(each, NOW).messages] for each in bookings]
    with CaptureQueriesContext(connection) as one:
        plan_each(bookings[:1], NOW)
    with CaptureQueriesContext(connection) as many:
        together = plan_each(bookings, NOW)
    assert [[(one.at, one.event, one.channel, one.reason) for one in each.messages] for each in together] == alone
    assert len(many) == len(one)
