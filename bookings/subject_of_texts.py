"""Which visit a text of a customer is about, as far as one can tell; registered in bookings/apps.py."""

import datetime as dt

from django.contrib.contenttypes.models import ContentType

from bookings.models import Booking, WorkOrder
from bookings.models.status import FINAL
from fsportal.models import Contact
from fsportal.models.consent import Channel
from notifications.models import CustomerNotification

#: A text about what we texted comes within these days; later it is about the next visit.
ANSWERED_WITHIN = dt.timedelta(days=3)
#: Work that is looked at, the newest first.
MOST = 200


def visit_of(contacts: tuple[Contact, ...], now: dt.datetime) -> Booking | None:
    """Return the visit of our last text to them, otherwise the one under way or next, otherwise the last one."""
    if not contacts:
        return None
    return _of_last_text(contacts[0], now) or _of_theirs(contacts, now)


def _of_last_text(contact: Contact, now: dt.datetime) -> Booking | None:
    said = CustomerNotification.objects.filter(contact=contact, channel=Channel.SMS).told()
    about = said.filter(regarding_type=ContentType.objects.get_for_model(Booking), created_at__gt=now - ANSWERED_WITHIN)
    last = about.order_by("-created_at").values_list("regarding_id", flat=True).first()
    return Booking.objects.filter(pk=last).first() if last else None


def _of_theirs(contacts: tuple[Contact, ...], now: dt.datetime) -> Booking | None:
    ids = [contact.pk for contact in contacts]
    # Two look-ups by index; with OR in one, the database would read all work.
    orders = [
        *WorkOrder.objects.filter(reported_by__in=ids).order_by("-created_at").values_list("pk", flat=True)[:MOST],
        *WorkOrder.objects.filter(reported_by=None, account__primary_contact__in=ids)
        .order_by("-created_at")
        .values_list("pk", flat=True)[:MOST],
    ]
    visits = Booking.objects.filter(work_order__in=orders)
    ahead = visits.exclude(status__in=FINAL).filter(end__gt=now).order_by("start")
    return ahead.first() or visits.filter(start__lte=now).order_by("-start").first()
