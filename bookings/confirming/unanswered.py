"""Tells dispatchers of visits whose customers were asked whether they suit, and have not answered."""

import datetime as dt

from django.db import transaction

from bookings import staff_cards
from bookings.models import UNANSWERED, Booking, BookingQuerySet
from fsportal.models import PortalSettings

#: Nobody has to answer quicker than that, also where the question comes late.
TIME_TO_ANSWER = dt.timedelta(hours=1)
#: Visits of one look, so that switching it on is not one long task; the next look goes on.
AT_ONCE = 200


def due(now: dt.datetime, hours: int) -> BookingQuerySet:
    """Return visits that begin within so many hours, without an answer and without a card."""
    near = Booking.objects.filter(UNANSWERED, start__gt=now, start__lte=now + dt.timedelta(hours=hours))
    return near.filter(asked_at__lte=now - TIME_TO_ANSWER, unanswered_card_at=None)


def tell_of_unanswered(now: dt.datetime) -> int:
    """Give dispatchers a card about each; returns how many. Harmless when two do it at once."""
    hours = PortalSettings.load().unconfirmed_card_hours
    found = list(due(now, hours).with_visit().order_by("start")[:AT_ONCE]) if hours else []
    return sum(_tell(booking, now) for booking in found)


@transaction.atomic
def _tell(booking: Booking, now: dt.datetime) -> bool:
    still = Booking.objects.filter(UNANSWERED, pk=booking.pk, unanswered_card_at=None)
    if not still.update(unanswered_card_at=now):
        return False
    staff_cards.nobody_answered(booking)
    return True
