"""Queues the messages about a booking, by event. The words are in templates/messages/.

Whether a message is still true is asked at delivery (appointment.py, progress.py).
"""

import datetime as dt

from bookings.messages.told import (
    CANCELED,
    COMPLETED,
    CONFIRMED,
    DELAYED,
    REOPENED,
    RESCHEDULED,
    TRAVELING,
    Told,
)
from bookings.models import Booking, WorkOrder
from fsportal.models import Contact, PortalSettings
from fsportal.models.portal_settings import SendTo
from notifications.customers import outbox
from notifications.models import CustomerNotification, State

#: Occasions of *delayed*: the arrival slipped by itself; nobody is on the way any more.
SLIP, BACK = "slip", "back"
#: Notifications page, *Booking Rescheduled*.
TOLERANCE = dt.timedelta(minutes=10)


def recipient(work_order: WorkOrder, portal_settings: PortalSettings) -> Contact | None:
    """Return the contact who gets messages about this work, or None (Settings page, *Send Messages To*)."""
    if work_order.reported_by is not None:
        return work_order.reported_by
    if portal_settings.send_messages_to == SendTo.PRIMARY:
        return work_order.account.primary_contact
    return portal_settings.fallback_contact if portal_settings.send_messages_to == SendTo.CONTACT else None


def confirmed(booking: Booking) -> None:
    _tell(booking, CONFIRMED)


def traveling(booking: Booking) -> None:
    _tell(booking, TRAVELING)


def delayed(booking: Booking) -> None:
    _tell(booking, DELAYED)


def slipped(booking: Booking) -> None:
    """The arrival slipped well beyond what was told: told once per journey, and once more per *Running late*.

    Nothing is queued while such a message is still open: it will name the arrival as it is when it goes out.
    """
    about = CustomerNotification.objects.regarding(booking).filter(event=DELAYED, revision=booking.revision)
    if not about.filter(state__in=State.open()).exists():
        _tell(booking, DELAYED, occasion=SLIP)


def is_of_slip(dedupe_key: str) -> bool:
    return dedupe_key.endswith(f":{SLIP}")


def turned_back(booking: Booking) -> None:
    """Nobody is on the way any more: a customer who was told of the arrival is told that too."""
    _tell(booking, DELAYED, occasion=BACK)


def is_of_turning_back(dedupe_key: str) -> bool:
    return dedupe_key.endswith(f":{BACK}")


def completed(booking: Booking) -> None:
    _tell(booking, COMPLETED)


def rescheduled(booking: Booking) -> None:
    """Queue it if the start is now more than ten minutes from what the contact was last told."""
    contact = recipient(booking.work_order, PortalSettings.load())
    # Which of them was told last is known at delivery, and asked again then.
    if any(abs(booking.start - start) > TOLERANCE for start in Told.about(booking).starts(contact)):
        _tell(booking, RESCHEDULED)


def canceled(booking: Booking) -> None:
    """The visit is off: tell everybody who was told of it, even those who would no longer be the recipient."""
    for contact in Told.about(booking).contacts():
        _tell(booking, CANCELED, contact)


def reopened(booking: Booking) -> None:
    """The visit is on again, or the work goes on: tell everybody who was told otherwise.

    A message that says otherwise and has not gone out is no longer true, and does not go out.
    """
    for contact in Told.about(booking).ended_for():
        _tell(booking, REOPENED, contact)


def _tell(booking: Booking, event: str, contact: Contact | None = None, occasion: str = "") -> None:
    portal_settings = PortalSettings.load()
    outbox.queue(
        event,
        contact=contact or recipient(booking.work_order, portal_settings),
        channels=portal_settings.channels,
        regarding=booking,
        revision=booking.revision,
        occasion=occasion,
    )
