"""A restored backup: which reminders are held, and which links are made."""

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import Settings

from bookings.messages import reminders
from bookings.models import Booking, BookingNotificationCode
from fsportal.lib import life_sign
from fsportal.management import restoring
from fsportal.models import PortalSettings, Restore, WorkerHeartbeat
from fsportal.tasks import heartbeat
from notifications.customers import holding
from notifications.models import CustomerNotification
from tests.factories import BookingFactory

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: object) -> None:
    settings.DATA_DIR = tmp_path


def visit(in_days: float) -> Booking:
    start = timezone.now() + in_days * DAY
    booking: Booking = BookingFactory(start=start, end=start + HOUR, work_order__reported_by__email="a@example.com")
    return booking


def set_back() -> None:
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - HOUR)


def test_a_database_that_is_older_than_the_last_sign_of_life_was_restored() -> None:
    assert restoring.notice() is None, "nothing is known yet"
    heartbeat()
    assert restoring.notice() is None
    set_back()
    restore = restoring.notice()
    assert restore is not None
    assert restore.backup_at < timezone.now() - HOUR / 2
    assert restoring.notice() is None, "once"


def test_a_worker_that_was_down_is_no_restore() -> None:
    heartbeat()
    set_back()
    life_sign.write(timezone.now() - HOUR)
    assert restoring.notice() is None
    assert not Restore.objects.exists()


def test_a_note_that_cannot_be_read_is_none(settings: Settings) -> None:
    heartbeat()
    (settings.DATA_DIR / "last-alive").write_text("")
    set_back()
    assert restoring.notice() is None


def test_what_waits_is_held_and_counts_as_told() -> None:
    booking = visit(1)
    reminders.sweep()
    restoring.restored(timezone.now() - HOUR)
    assert holding.held().count() == CustomerNotification.objects.count() > 0
    assert {row.named_time for row in holding.held()} == {booking.start}
    assert all(row.told_at for row in holding.held())


def test_reminders_that_were_due_before_are_held_when_they_are_queued_and_later_ones_are_not() -> None:
    lead = PortalSettings.load().reminder_lead_days
    near, far = visit(1), visit(lead + 0.5)
    restoring.restored(timezone.now() - HOUR)
    reminders.sweep(timezone.now() + DAY / 2)
    reminders.sweep(timezone.now() + DAY)
    assert set(CustomerNotification.objects.values_list("regarding_id", flat=True)) == {near.pk, far.pk}
    assert set(holding.held().values_list("regarding_id", flat=True)) == {near.pk}


def test_two_days_later_nothing_more_is_held() -> None:
    restore = restoring.restored(timezone.now() - HOUR)
    Restore.objects.update(noticed_at=restore.noticed_at - 3 * DAY)
    visit(1)
    reminders.sweep()
    assert CustomerNotification.objects.exists()
    assert not holding.held().exists()


def test_links_of_visits_around_are_made_as_they_were() -> None:
    booking = visit(1)
    contact = booking.work_order.reported_by
    assert contact is not None
    sent = BookingNotificationCode.issue(booking, contact).code
    BookingNotificationCode.objects.all().delete()
    restoring.restored(timezone.now() - HOUR)
    assert BookingNotificationCode.objects.get().code == sent
