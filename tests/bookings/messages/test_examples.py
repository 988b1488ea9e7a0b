"""Visits with which words are looked at: each message of a visit can be written about any of them; no link works."""

import pytest
from django.utils import timezone, translation

from bookings.messages.base import BookingKind
from bookings.models import Booking, BookingNotificationCode
from fsportal.models import PortalSettings
from notifications.customers.kinds import kind_of, of_customers
from notifications.models import CustomerNotification

pytestmark = pytest.mark.django_db


def test_every_message_can_be_looked_at_with_a_visit_and_nothing_is_stored_or_works(booking: Booking) -> None:
    before = (CustomerNotification.objects.count(), BookingNotificationCode.objects.count())
    kinds = [kind for kind in of_customers() if isinstance(kind, BookingKind)]
    assert len(kinds) >= 10
    now, portal_settings = timezone.now(), PortalSettings.load()
    for kind in kinds:
        [(key, name)] = kind.examples(booking.work_order.number, now)
        assert booking.work_order.account.name in name
        for channel in kind.channels:
            example = kind.example(key, channel, portal_settings, now)
            assert example is not None
            with translation.override("de"):
                composed = kind.compose(example.notification, example.subject, portal_settings, "de")
            assert "/visit/xxxx" in composed.links[0]
    booking.refresh_from_db()
    assert booking.status == 690970000
    assert before == (CustomerNotification.objects.count(), BookingNotificationCode.objects.count())
    rescheduled = kind_of("rescheduled")
    assert rescheduled is not None
    example = rescheduled.example(key, "sms", portal_settings, now)
    assert example is not None
    with translation.override("en"):
        sms = rescheduled.compose(example.notification, example.subject, portal_settings, "en").sms
    assert f"{booking.start.day}" in sms
    assert rescheduled.examples("nobody at all", now) == []
    assert rescheduled.example("not-a-key", "sms", portal_settings, now) is None
