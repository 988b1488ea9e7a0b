"""Queries of the outbox for what customers have been told about a visit."""

import datetime as dt

from django.db.models import Q

from bookings.models import Booking
from bookings.models.status import BookingStatus
from fsportal.models import Contact
from notifications.models import CustomerNotification, State
from notifications.models.customer_notification import CustomerNotificationQuerySet

CONFIRMED = "booking_confirmed"
UPCOMING, TRAVELING, COMPLETED = "upcoming", "traveling", "completed"
RESCHEDULED, CANCELED = "rescheduled", "canceled"
DELAYED = "delayed"
#: The events whose messages tell the contact when the visit starts.
NAMES_START = (CONFIRMED, UPCOMING, RESCHEDULED)
#: The events whose messages tell when the technician arrives, at the latest.
NAMES_ARRIVAL = (TRAVELING, DELAYED)


def naming_start(booking: Booking, contact: Contact | None) -> CustomerNotificationQuerySet:
    """Return the messages that told this person a start, or are about to.

    The same person is whoever has this contact record or its address: a record that was made again is not a new person.
    """
    addresses = [address for address in (contact.email, contact.mobile_phone) if address] if contact else []
    about = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_START, named_time__isnull=False)
    return about.filter(Q(contact=contact) | Q(to__in=addresses))


def start_told(
    booking: Booking, contact: Contact | None, *, but: CustomerNotification | None = None
) -> dt.datetime | None:
    """Return the start (UTC) that this person was last told, or None.

    `but` is left out, and with it the same message on the other channel.
    """
    told = naming_start(booking, contact).told()
    if but is not None:
        told = told.exclude(event=but.event, revision=but.revision)
    latest = told.order_by("-told_at", "-revision").first()
    return latest.named_time if latest else None


def starts_on_the_way(booking: Booking, contact: Contact | None) -> set[dt.datetime]:
    """Return the starts named by messages that are being sent at this moment."""
    rows = naming_start(booking, contact).filter(state=State.SENDING)
    return {row.named_time for row in rows if row.named_time is not None}


def arrival_told(booking: Booking, contact: Contact | None) -> dt.datetime | None:
    """Return the arrival (its latest end) that the contact was last told since somebody set off, or None.

    It counts even if another technician has since taken over: it is what the contact knows.
    """
    since = booking.changes.filter(new_status=BookingStatus.TRAVELING).exclude(old_status=BookingStatus.TRAVELING)
    set_off = since.order_by("-revision").values_list("at", flat=True).first() or booking.set_off_at
    about = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_ARRIVAL, contact=contact)
    told = about.filter(told_at__gte=set_off or booking.created_at, named_time__isnull=False)
    return told.order_by("-told_at").values_list("named_time", flat=True).first()


def reminded_contacts(booking: Booking) -> list[Contact]:
    """Return everybody who was told a start, or is being told at this moment."""
    about = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_START, contact__isnull=False)
    rows = about.filter(Q(told_at__isnull=False) | Q(state=State.SENDING, named_time__isnull=False))
    return list(Contact.objects.filter(pk__in=rows.values("contact")))
