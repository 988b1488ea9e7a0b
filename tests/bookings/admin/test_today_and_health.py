"""Today and Health: what is late, who has not been told, what was not delivered, how the machinery is."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from bookings import bulk
from bookings.admin import today
from bookings.admin.told_column import with_told
from bookings.messages import reminders
from bookings.models import Booking, BookingStatus
from fsportal.models import Contact, PortalSettings, ScheduledRun, WorkerHeartbeat
from notifications.admin import health
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.admin_cast import person
from tests.factories import name_company

Make = Callable[..., CustomerNotification]
HOUR = dt.timedelta(hours=1)
#: A Wednesday, 11:00 in New York.
NOON = dt.datetime(2027, 6, 9, 15, tzinfo=dt.UTC)


@pytest.fixture
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_today_shows_what_is_late_and_whom_to_call(admin: Client, make_booking: Callable[..., Booking]) -> None:
    make_booking(-2)
    words = admin.get(reverse("admin:today")).content.decode()
    assert "The start has passed and nobody has set off." in words
    assert "+12025550199" in words
    assert "New York time" in words


def test_not_told_is_who_has_a_visit_soon_and_no_told_reminder(
    make_booking: Callable[..., Booking], booking: Booking, make_message: Make
) -> None:
    far = make_booking(24 * 9)
    begun = make_booking(-1)
    portal_settings = PortalSettings.load()
    assert list(today.not_told(timezone.now(), portal_settings)) == [booking]
    make_message(State.SUPPRESSED, reason=Reason.OPTED_OUT)
    assert list(today.not_told(timezone.now(), portal_settings)) == [booking]
    make_message(State.DELIVERED, told_at=timezone.now())
    assert list(today.not_told(timezone.now(), portal_settings)) == []
    assert far.pk != begun.pk


def test_whoever_was_told_since_that_it_is_off_does_not_know_that_it_is_on(
    admin: Client, booking: Booking, contact: Contact
) -> None:
    contact.mobile_phone = ""  # a text that waits for the hours for messages would still tell
    contact.save()
    reminders.sweep()
    delivery.drain()
    booking.cancel()
    delivery.drain()
    booking.reopen()
    CustomerNotification.objects.filter(event="reopened").update(state=State.FAILED, reason=Reason.REFUSED)
    assert list(today.not_told(timezone.now(), PortalSettings.load())) == [booking]
    assert "not yet that it is on after all" in admin.get(reverse("admin:today")).content.decode()
    assert "Not told</span>" in admin.get(reverse("admin:bookings_booking_changelist")).content.decode()
    CustomerNotification.objects.filter(event="reopened").update(state=State.SENT, told_at=timezone.now())
    assert list(today.not_told(timezone.now(), PortalSettings.load())) == []
    assert "Not told</span>" not in admin.get(reverse("admin:bookings_booking_changelist")).content.decode()


def test_of_a_visit_that_is_done_it_counts_that_its_time_was_told(booking: Booking, make_message: Make) -> None:
    make_message(State.SENT, told_at=timezone.now() - 3 * HOUR)
    make_message(State.SENT, event="completed", told_at=timezone.now(), revision=2)
    Booking.objects.update(status=BookingStatus.COMPLETED)
    assert with_told(Booking.objects.all()).get().is_told


def test_not_told_says_why(admin: Client, booking: Booking, contact: Contact, make_message: Make) -> None:
    assert "Goes within a minute." in admin.get(reverse("admin:today")).content.decode()
    for channel in ("email", "sms"):
        contact.opt_out(channel, how="test")
    CustomerNotification.objects.all().delete()
    make_message(State.SUPPRESSED, reason=Reason.OPTED_OUT)
    assert "The contact has opted out of this channel" in admin.get(reverse("admin:today")).content.decode()


def test_today_says_when_reminders_are_off(admin: Client, booking: Booking) -> None:
    PortalSettings.load()
    PortalSettings.objects.update(reminder_lead_days=0)
    assert "Reminders are switched off" in admin.get(reverse("admin:today")).content.decode()


def test_today_says_what_was_not_delivered_and_what_to_do(
    dispatcher: Client, reader: Client, make_message: Make
) -> None:
    make_message(State.FAILED, reason=Reason.REFUSED)
    words = dispatcher.get(reverse("admin:today")).content.decode()
    assert "Ask the contact for another address" in words
    assert "+12025550123" in words
    assert "Send again" in words
    assert "Send again" not in reader.get(reverse("admin:today")).content.decode()


def test_messages_are_kept_from_who_may_not_see_them(db: None, make_message: Make) -> None:
    make_message(State.FAILED, reason=Reason.REFUSED)
    client = Client()
    client.force_login(person("bob", ["view_booking"]))
    words = client.get(reverse("admin:today")).content.decode()
    assert "Could not be delivered" not in words
    assert "Messages by state" not in words


def test_today_says_what_somebody_is_at_in_the_words_of_the_map_and_of_their_phone(
    noon: None, admin: Client, make_booking: Callable[..., Booking]
) -> None:
    make_booking(1).travel()
    words = admin.get(reverse("admin:today")).content.decode()
    assert "On the way</span>" in words
    assert "Traveling</span>" not in words


def test_the_lanes_of_the_day_come_first_and_name_technician_customer_and_what_is_late(
    noon: None, admin: Client, make_booking: Callable[..., Booking]
) -> None:
    late = make_booking(-1)
    words = admin.get(reverse("admin:today")).content.decode()
    lane = words[words.index("data-lane=") : words.index("today-grid")]
    assert late.resource.name in lane
    assert escape(late.work_order.account.name) in lane
    assert ">Late</span>" in lane


def test_visits_of_past_days_are_offered_as_done_or_not_taken_place_and_are_not_late(
    noon: None, admin: Client, reader: Client, make_booking: Callable[..., Booking]
) -> None:
    make_booking(-1)
    past = [make_booking(-24 * days) for days in (1, 3, 7)]
    words = admin.get(reverse("admin:today")).content.decode()
    assert "3 visits of earlier days" in words
    assert today.late(timezone.now()).count() == 1
    address = reverse("admin:past-days")
    assert reader.post(address, {"verb": "complete"}).status_code == 403
    assert admin.get(address).status_code == 405
    answer = admin.post(address, {"verb": "complete"}, follow=True)
    asked = answer.redirect_chain[-1][0]
    assert "checked" in answer.content.decode().partition('name="quiet"')[2][:80]
    admin.post(asked, {"quiet": "on", "why": "Of a past day"})
    assert bulk.go_on() == 3
    assert {booking.locked().status for booking in past} == {BookingStatus.COMPLETED}
    assert "earlier days" not in admin.get(reverse("admin:today")).content.decode()
    assert not CustomerNotification.objects.filter(event="completed").exists()


def test_wherever_a_customer_is_named_their_phone_is_a_link(
    noon: None, admin: Client, make_booking: Callable[..., Booking]
) -> None:
    late = make_booking(-1)
    words = admin.get(reverse("admin:today")).content.decode()
    contact = late.work_order.reported_by
    assert contact is not None
    assert f'href="tel:{contact.mobile_phone}"' in words


def test_today_takes_as_many_queries_for_many_visits_as_for_one(
    admin: Client, make_booking: Callable[..., Booking], make_message: Make
) -> None:
    make_booking(-1)
    make_message(State.FAILED)
    admin.get(reverse("admin:today"))
    with CaptureQueriesContext(connection) as one:
        admin.get(reverse("admin:today"))
    for number in range(5):
        make_booking(-2 - number)
        make_booking(30 + number)
        make_message(State.FAILED)
    with CaptureQueriesContext(connection) as many:
        admin.get(reverse("admin:today"))
    assert len(many) == len(one)


def test_without_a_worker_health_says_so_and_what_to_do(admin: Client) -> None:
    words = admin.get(reverse("admin:health")).content.decode()
    assert "No worker has ever run." in words
    assert "manage.py start --worker" in words
    assert health.attention() == 1


def test_health_is_well_with_a_worker_and_an_empty_queue(admin: Client) -> None:
    WorkerHeartbeat.beat()
    assert {check.tone for check in health.checks(timezone.now())} == {"good"}
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - dt.timedelta(minutes=10))
    assert health.attention() == 1


def test_health_names_the_part_that_stopped(admin: Client) -> None:
    for part in WorkerHeartbeat.Part:
        WorkerHeartbeat.beat(part)
    assert {check.tone for check in health.checks(timezone.now())} == {"good"}
    delivery = WorkerHeartbeat.objects.filter(pk=WorkerHeartbeat.Part.DELIVERY)
    delivery.update(beat_at=timezone.now() - dt.timedelta(seconds=30))
    (failed,) = (check for check in health.checks(timezone.now()) if check.tone == "failed")
    assert failed.name == "Delivery"
    assert "Messages wait until it runs again." in failed.words
    delivery.update(beat_at=timezone.now() + dt.timedelta(hours=1))
    (failed,) = (check for check in health.checks(timezone.now()) if check.tone == "failed")
    assert "clock" in failed.to_do


def test_today_says_that_the_worker_is_dead_and_what_to_do(dispatcher: Client) -> None:
    assert "start one with manage.py start --worker" in dispatcher.get(reverse("admin:today")).content.decode()
    WorkerHeartbeat.beat()
    WorkerHeartbeat.beat(WorkerHeartbeat.Part.DELIVERY)
    assert "customers hear nothing" not in dispatcher.get(reverse("admin:today")).content.decode()
    silent = timezone.now() - dt.timedelta(seconds=30)
    WorkerHeartbeat.objects.filter(pk=WorkerHeartbeat.Part.DELIVERY).update(beat_at=silent)
    words = dispatcher.get(reverse("admin:today")).content.decode()
    assert "The delivery of messages was last heard of 30 seconds ago; look at its log and restart it." in words
    assert "Until then customers hear nothing." in words


def test_health_says_that_the_cache_is_away_and_what_to_do(admin: Client, dead_cache: None) -> None:
    WorkerHeartbeat.beat()
    words = admin.get(reverse("admin:health")).content.decode()
    assert "It does not keep what it is given." in words
    assert "what CACHE_URL names can be reached" in words
    assert health.attention() == 1


def test_health_tells_the_age_of_the_queue(admin: Client, make_message: Make) -> None:
    make_message(State.QUEUED, due_at=timezone.now() - dt.timedelta(hours=2))
    assert "1 message is due, the oldest for 2 h." in admin.get(reverse("admin:health")).content.decode()


def test_health_shows_the_last_sweeps(admin: Client) -> None:
    run = ScheduledRun.claim("reminders", timezone.now(), timezone.now())
    assert run is not None
    run.finish("12 reminders <queued>")
    assert "12 reminders &lt;queued&gt;" in admin.get(reverse("admin:health")).content.decode()


def test_the_banner_is_on_every_page_until_delivery_is_live(admin: Client, settings: Any) -> None:
    pages = ["admin:index", "admin:today", "admin:bookings_booking_changelist"]
    for name in pages:
        assert "Nothing leaves this machine." in admin.get(reverse(name)).content.decode()
    settings.DELIVERY_MODE = "guest-list"
    for name in pages:
        assert "The guest list is empty" in admin.get(reverse(name)).content.decode()
    settings.DELIVERY_MODE = "live"
    for name in pages:
        assert "your company has no name yet" in admin.get(reverse(name)).content.decode()
    assert "Customers get no messages: it has no name yet." in admin.get(reverse("admin:health")).content.decode()
    name_company()
    for name in pages:
        assert "Customers do not know whom to ask." in admin.get(reverse(name)).content.decode()
    portal_settings = PortalSettings.load()
    portal_settings.contact_phone = "020 7946 0000"
    portal_settings.save()
    for name in pages:
        assert "delivery-banner" not in admin.get(reverse(name)).content.decode()
