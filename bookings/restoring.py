"""What a restored backup means for visits: the links and times that were sent since are unknown."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from bookings.messages.queue import recipient
from bookings.messages.told import NAMES_START
from bookings.models import Booking, BookingNotificationCode
from fsportal.models import Contact, PortalSettings
from notifications.customers import holding

CHUNK = 500


def count_as_told(now: dt.datetime) -> None:
    """Take the starts in held messages as told, since they may have gone out (docs/decisions/0010)."""
    visit = Booking.objects.filter(pk=OuterRef("regarding_id")).order_by()
    start = visit.values(told=Coalesce("window_start", "start"))[:1]
    about = holding.held().filter(event__in=NAMES_START, named_time=None)
    about.update(
        named_time=Subquery(start),
        named_until=Subquery(visit.values("window_end")[:1]),
        told_at=Coalesce("told_at", now),
    )


def make_links(backup_at: dt.datetime, now: dt.datetime) -> int:
    """Make the codes of all links that may have been sent since the backup, so that they open; returns how many."""
    made = 0
    pairs: list[tuple[Booking, Contact]] = []
    for booking, contact in _pairs(backup_at, now):
        pairs.append((booking, contact))
        if len(pairs) == CHUNK:
            made += len(BookingNotificationCode.issue_each(pairs))
            pairs.clear()
    return made + len(BookingNotificationCode.issue_each(pairs))


def _pairs(backup_at: dt.datetime, now: dt.datetime) -> Iterator[tuple[Booking, Contact]]:
    portal_settings = PortalSettings.load()
    lead = dt.timedelta(days=portal_settings.reminder_lead_days)
    around = Booking.objects.with_visit().filter(end__gte=backup_at - dt.timedelta(days=1), start__lte=now + lead)
    for booking in around.order_by("pk").iterator(chunk_size=CHUNK):
        contact = recipient(booking.work_order, portal_settings)
        if contact is not None:
            yield booking, contact
