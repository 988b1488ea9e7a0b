"""Who hears what: one function per event. The words are in templates/messages/, the truth check in messages.py."""

import datetime as dt

from bookings.messages.told import (
    CANCELED,
    COMPLETED,
    CONFIRMED,
    DELAYED,
    RESCHEDULED,
    TRAVELING,
    reminded_contacts,
    start_told,
    starts_on_the_way,
)
from bookings.models import Booking, WorkOrder
from fsportal.models import Contact, PortalSettings
from fsportal.models.portal_settings import SendTo
from notifications.customers import outbox
from notifications.models import CustomerNotification, State

#: The occasions of *delayed* on which nobody said anything, and on which nobody is on the way any more.
SLIP, BACK = "slip", "back"
#: Seed, Booking Rescheduled: "changes by more than 10 minutes".
TOLERANCE = dt.timedelta(minutes=10)


def recipient(work_order: WorkOrder, portal_settings: PortalSettings) -> Contact | None:
    """Return whom messages about this work go to (domain.md, Customer notifications), or None for nobody."""
    if work_order.reported_by is not None:
        return work_order.reported_by
    if portal_settings.send_messages_to == SendTo.PRIMARY:
        return work_order.account.primary_contact
    return portal_settings.fallback_contact if portal_settings.send_messages_to == SendTo.CONTACT else None


def confirmed(booking: Booking) -> None:
    """A customer booked on the portal."""
    _tell(booking, CONFIRMED)


def traveling(booking: Booking) -> None:
    """The technician is on the way."""
    _tell(booking, TRAVELING)


def delayed(booking: Booking) -> None:
    """The technician says that they run late."""
    _tell(booking, DELAYED)


def slipped(booking: Booking) -> None:
    """The arrival slipped well beyond what was told: once for each setting off and for each word of the technician.

    Nothing while a message of their word is on its way: it names the arrival as it is when it goes.
    """
    about = CustomerNotification.objects.regarding(booking).filter(event=DELAYED, revision=booking.revision)
    if not about.filter(state__in=State.open()).exists():
        _tell(booking, DELAYED, occasion=SLIP)


def is_of_slip(message: CustomerNotification) -> bool:
    """Tell whether a message is of a slip, which nobody tapped."""
    return message.dedupe_key.endswith(f":{SLIP}")


def turned_back(booking: Booking) -> None:
    """Whoever was on the way is not any more, and nobody else is: who was told that they come is told that, too."""
    _tell(booking, DELAYED, occasion=BACK)


def is_of_turning_back(message: CustomerNotification) -> bool:
    """Tell whether a message says that nobody is on the way any more."""
    return message.dedupe_key.endswith(f":{BACK}")


def completed(booking: Booking) -> None:
    """The work is done."""
    _tell(booking, COMPLETED)


def rescheduled(booking: Booking) -> None:
    """The start moved by more than ten minutes from what the contact was last told."""
    contact = recipient(booking.work_order, PortalSettings.load())
    told = {start_told(booking, contact), *starts_on_the_way(booking, contact)} - {None}
    # Which of them is the last is known when this is delivered, and asked again then.
    if any(abs(booking.start - start) > TOLERANCE for start in told if start is not None):
        _tell(booking, RESCHEDULED)


def canceled(booking: Booking) -> None:
    """The visit is off: everybody who was told of it hears that, also who is no longer the one to tell."""
    for contact in reminded_contacts(booking):
        _tell(booking, CANCELED, contact)


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
