"""Who hears what: one function per event. The words are in templates/messages/, the truth check in messages.py."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q

from bookings.models.status import BookingStatus
from fsportal.models import Contact, PortalSettings
from fsportal.models.portal_settings import SendTo
from notifications.customers import outbox
from notifications.models import CustomerNotification, State
from notifications.models.customer_notification import CustomerNotificationQuerySet

if TYPE_CHECKING:
    from bookings.models import Booking, WorkOrder

CONFIRMED = "booking_confirmed"
UPCOMING, TRAVELING, COMPLETED = "upcoming", "traveling", "completed"
RESCHEDULED, CANCELED = "rescheduled", "canceled"
DELAYED = "delayed"
#: The occasions of *delayed* on which nobody said anything, and on which nobody is on the way any more.
SLIP, BACK = "slip", "back"
#: The events whose messages tell the contact when the visit starts.
NAMES_START = (CONFIRMED, UPCOMING, RESCHEDULED)
#: The events whose messages tell when the technician arrives, at the latest.
NAMES_ARRIVAL = (TRAVELING, DELAYED)
#: Seed, Booking Rescheduled: "changes by more than 10 minutes".
TOLERANCE = dt.timedelta(minutes=10)


def recipient(work_order: "WorkOrder", settings: PortalSettings) -> Contact | None:
    """Return whom messages about this work go to (domain.md, Customer notifications), or None for nobody."""
    if work_order.reported_by is not None:
        return work_order.reported_by
    if settings.send_messages_to == SendTo.PRIMARY:
        return work_order.account.primary_contact
    return settings.fallback_contact if settings.send_messages_to == SendTo.CONTACT else None


def naming_start(booking: "Booking", contact: Contact | None) -> CustomerNotificationQuerySet:
    """Return the messages that told this person a start, or are on their way to.

    A person is who has the contact's name or the contact's address: a record made anew is nobody new.
    """
    addresses = [address for address in (contact.email, contact.mobile_phone) if address] if contact else []
    about = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_START, named_time__isnull=False)
    return about.filter(Q(contact=contact) | Q(to__in=addresses))


def start_told(
    booking: "Booking", contact: Contact | None, *, but: CustomerNotification | None = None
) -> dt.datetime | None:
    """Return the start (UTC) that this person was last told, or None when they were never told one.

    `but` leaves a message out, and with it the same message on the other channel.
    """
    told = naming_start(booking, contact).told()
    if but is not None:
        told = told.exclude(event=but.event, revision=but.revision)
    latest = told.order_by("-told_at", "-revision").first()
    return latest.named_time if latest else None


def starts_on_the_way(booking: "Booking", contact: Contact | None) -> set[dt.datetime]:
    """Return the starts that messages name which are being handed over just now."""
    rows = naming_start(booking, contact).filter(state=State.SENDING)
    return {row.named_time for row in rows if row.named_time is not None}


def arrival_told(booking: "Booking", contact: Contact | None) -> dt.datetime | None:
    """Return the latest arrival that the contact was told last, since somebody set off; None for never.

    Also by whom another has taken over from on the way: it is what the contact knows.
    """
    since = booking.changes.filter(new_status=BookingStatus.TRAVELING).exclude(old_status=BookingStatus.TRAVELING)
    set_off = since.order_by("-revision").values_list("at", flat=True).first() or booking.set_off_at
    about = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_ARRIVAL, contact=contact)
    told = about.filter(told_at__gte=set_off or booking.created_at, named_time__isnull=False)
    return told.order_by("-told_at").values_list("named_time", flat=True).first()


def reminded_contacts(booking: "Booking") -> list[Contact]:
    """Return everybody who was told a start, or is being told just now."""
    about = CustomerNotification.objects.regarding(booking).filter(event__in=NAMES_START, contact__isnull=False)
    rows = about.filter(Q(told_at__isnull=False) | Q(state=State.SENDING, named_time__isnull=False))
    return list(Contact.objects.filter(pk__in=rows.values("contact")))


def confirmed(booking: "Booking") -> None:
    """A customer booked on the portal."""
    _tell(booking, CONFIRMED)


def traveling(booking: "Booking") -> None:
    """The technician is on the way."""
    _tell(booking, TRAVELING)


def delayed(booking: "Booking") -> None:
    """The technician says that they run late."""
    _tell(booking, DELAYED)


def slipped(booking: "Booking") -> None:
    """The arrival slipped well beyond what was told: once for each setting off and for each word of the technician.

    Nothing while a message of their word is on its way: it names the arrival as it is when it goes.
    """
    about = CustomerNotification.objects.regarding(booking).filter(event=DELAYED, revision=booking.revision)
    if not about.filter(state__in=State.open()).exists():
        _tell(booking, DELAYED, occasion=SLIP)


def is_of_slip(message: CustomerNotification) -> bool:
    """Tell whether a message is of a slip, which nobody tapped."""
    return message.dedupe_key.endswith(f":{SLIP}")


def turned_back(booking: "Booking") -> None:
    """Whoever was on the way is not any more, and nobody else is: who was told that they come is told that, too."""
    _tell(booking, DELAYED, occasion=BACK)


def is_of_turning_back(message: CustomerNotification) -> bool:
    """Tell whether a message says that nobody is on the way any more."""
    return message.dedupe_key.endswith(f":{BACK}")


def completed(booking: "Booking") -> None:
    """The work is done."""
    _tell(booking, COMPLETED)


def rescheduled(booking: "Booking") -> None:
    """The start moved by more than ten minutes from what the contact was last told."""
    contact = recipient(booking.work_order, PortalSettings.load())
    told = {start_told(booking, contact), *starts_on_the_way(booking, contact)} - {None}
    # Which of them is the last is known when this is delivered, and asked again then.
    if any(abs(booking.start - start) > TOLERANCE for start in told if start is not None):
        _tell(booking, RESCHEDULED)


def canceled(booking: "Booking") -> None:
    """The visit is off: everybody who was told of it hears that, also who is no longer the one to tell."""
    for contact in reminded_contacts(booking):
        _tell(booking, CANCELED, contact)


def _tell(booking: "Booking", event: str, contact: Contact | None = None, occasion: str = "") -> None:
    settings = PortalSettings.load()
    outbox.queue(
        event,
        contact=contact or recipient(booking.work_order, settings),
        channels=settings.channels,
        regarding=booking,
        revision=booking.revision,
        occasion=occasion,
    )
