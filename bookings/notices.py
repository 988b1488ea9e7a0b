"""Who hears what: one function per event. The words are in templates/messages/, the truth check in messages.py."""

import datetime as dt
from typing import TYPE_CHECKING

from fsportal.models import Contact, PortalSettings
from fsportal.models.portal_settings import SendTo
from notifications.customers import outbox
from notifications.models import CustomerNotification, State

if TYPE_CHECKING:
    from bookings.models import Booking, WorkOrder

UPCOMING, TRAVELING, COMPLETED = "upcoming", "traveling", "completed"
RESCHEDULED, CANCELED = "rescheduled", "canceled"
#: The events whose messages tell the contact when the visit starts.
NAMES_START = ("booking_confirmed", UPCOMING, RESCHEDULED)
#: Seed, Booking Rescheduled: "changes by more than 10 minutes".
TOLERANCE = dt.timedelta(minutes=10)


def recipient(work_order: "WorkOrder", settings: PortalSettings) -> Contact | None:
    """Return whom messages about this work go to (domain.md, Customer notifications), or None for nobody."""
    if work_order.reported_by is not None:
        return work_order.reported_by
    if settings.send_messages_to == SendTo.PRIMARY:
        return work_order.account.primary_contact
    return settings.fallback_contact if settings.send_messages_to == SendTo.CONTACT else None


def start_told(booking: "Booking", contact: Contact | None) -> dt.datetime | None:
    """Return the start (UTC) that this contact was last told, or None when they were never told one."""
    told = CustomerNotification.objects.regarding(booking).filter(
        contact=contact, event__in=NAMES_START, named_time__isnull=False
    )
    # One that is going out just now says the newest thing, although it has not ended yet.
    latest = told.filter(state=State.SENDING).first() or told.told().order_by("-finished_at", "-revision").first()
    return latest.named_time if latest else None


def was_reminded(booking: "Booking") -> bool:
    """Tell whether a reminder (or another message naming the start) was sent, or is on its way out just now."""
    told = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_START)
    return told.filter(state__in=[*State.told(), State.SENDING]).exists()


def traveling(booking: "Booking") -> None:
    """The technician is on the way."""
    _tell(booking, TRAVELING)


def completed(booking: "Booking") -> None:
    """The work is done."""
    _tell(booking, COMPLETED)


def rescheduled(booking: "Booking") -> None:
    """The start moved by more than ten minutes from what the contact was last told."""
    told = start_told(booking, recipient(booking.work_order, PortalSettings.load()))
    if told is not None and abs(booking.start - told) > TOLERANCE:
        _tell(booking, RESCHEDULED, {"old_start": told.isoformat()})


def canceled(booking: "Booking") -> None:
    """The visit is off, and the contact had been reminded of it."""
    if was_reminded(booking):
        _tell(booking, CANCELED)


def _tell(booking: "Booking", event: str, facts: dict[str, str] | None = None) -> None:
    settings = PortalSettings.load()
    outbox.queue(
        event,
        contact=recipient(booking.work_order, settings),
        channels=settings.channels,
        regarding=booking,
        revision=booking.revision,
        facts=facts or {},
    )
