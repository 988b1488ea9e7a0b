"""`manage.py big_company`: a company of any size, the same at each run, in an empty database only."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from bookings.models import Booking, BookingChange, BookingNotificationCode, BookingStatus
from fsportal.models import Account, Contact
from notifications.models import CustomerNotification, NotificationAttempt, State


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.DATA_DIR = tmp_path


def fill() -> None:
    call_command("big_company", bookings=120, contacts=60, messages=2500, verbosity=0)


def test_it_is_as_big_as_asked_for_and_has_every_state() -> None:
    fill()
    assert (Booking.objects.count(), Contact.objects.count()) == (120, 60)
    assert CustomerNotification.objects.count() == 2500
    assert {BookingStatus.SCHEDULED, BookingStatus.COMPLETED, BookingStatus.CANCELED} <= set(
        Booking.objects.values_list("status", flat=True)
    )
    assert set(State.values) - {State.SENDING} == set(CustomerNotification.objects.values_list("state", flat=True))
    assert CustomerNotification.objects.filter(resent_of__isnull=False).exists()
    assert NotificationAttempt.objects.count() > 2000
    assert BookingChange.objects.count() > 240
    assert BookingNotificationCode.objects.count() > 60


def test_what_it_writes_keeps_the_rules() -> None:
    """Foreign keys are checked at commit, and by the test's end; the rest is read as the product reads it."""
    fill()
    connection.check_constraints()
    for booking in Booking.objects.with_visit():
        assert booking.reported_by is not None
        assert booking.reported_by.account_id == booking.work_order.account_id
        assert booking.end > booking.start


def test_a_database_with_data_is_refused() -> None:
    Account.objects.create(name="Ours", time_zone="UTC")
    with pytest.raises(CommandError, match="Name an empty one"):
        fill()
    assert Account.objects.count() == 1


def test_nothing_cannot_be_asked_for() -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("big_company", bookings=0, verbosity=0)
