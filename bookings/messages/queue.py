"""Queues the messages about a booking, by event. The words are in templates/messages/.

Whether a message is still true is asked at delivery (appointment.py, progress.py).
"""

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db.models import Q

from bookings.messages.told import (
    ASKED,
    BOOKED,
    CANCELED,
    COMPLETED,
    CONFIRMED,
    DELAYED,
    REOPENED,
    RESCHEDULED,
    TRAVELING,
    Told,
)
from bookings.models import Booking, BookingStatus, CustomerNote, VerbDone, WorkOrder
from bookings.models.booking import BookingQuerySet
from bookings.models.window import SMALL_MOVE
from fsportal.models import Contact, PortalSettings, User
from fsportal.models.portal_settings import SendTo, remembered
from notifications.customers import outbox
from notifications.models import CustomerNotification, Reason, State

#: Occasions of *delayed*: the arrival slipped by itself; nobody is on the way any more.
SLIP, BACK = "slip", "back"
#: Occasions of several events: customers did it themselves; somebody of the staff asked for it.
OWN_ACT, ASKED_FOR = "own", "now"
TOLERANCE = SMALL_MOVE


@dataclass(frozen=True)
class Known:
    """What was read for many visits together, so that it is not read again for each."""

    portal_settings: PortalSettings
    told: Mapping[uuid.UUID, Told]


_known: ContextVar[Known | None] = ContextVar("known", default=None)


@contextmanager
def knowing(known: Known | None) -> Iterator[None]:
    token = _known.set(known)
    try:
        yield
    finally:
        _known.reset(token)


def _portal_settings() -> PortalSettings:
    known = _known.get()
    return known.portal_settings if known else PortalSettings.load()


def _told(booking: Booking) -> Told:
    known = _known.get()
    found = known.told.get(booking.pk) if known else None
    return found or Told.about(booking)


def recipient(work_order: WorkOrder, portal_settings: PortalSettings) -> Contact | None:
    """Return the contact who gets messages about this work, or None (Settings page, *Send Messages To*)."""
    if work_order.reported_by is not None:
        return work_order.reported_by
    if portal_settings.send_messages_to == SendTo.PRIMARY:
        return work_order.account.primary_contact
    return portal_settings.fallback_contact if portal_settings.send_messages_to == SendTo.CONTACT else None


def told_to(contact: Contact, bookings: BookingQuerySet, portal_settings: PortalSettings) -> BookingQuerySet:
    """Return those of these visits whose recipient is this contact; a test compares it with `recipient`."""
    nobody = Q(work_order__reported_by=None)
    found = Q(work_order__reported_by=contact)
    if portal_settings.send_messages_to == SendTo.PRIMARY:
        found |= nobody & Q(work_order__account__primary_contact=contact)
    elif portal_settings.send_messages_to == SendTo.CONTACT and portal_settings.fallback_contact_id == contact.pk:
        found |= nobody
    return bookings.filter(found)


def booked(done: VerbDone) -> Reason | None:
    """Tell of a new visit: a customer who booked it that it is confirmed, otherwise whoever it is for."""
    booking, contact = done.booking, done.change.contact
    if contact is not None:
        tell(booking, CONFIRMED)
    elif booking.start > done.change.made_at:
        tell(booking, BOOKED)
    return None


def traveling(booking: Booking) -> None:
    tell(booking, TRAVELING)


def delayed(done: VerbDone) -> Reason | None:
    """Tell that the technician comes later, unless it is still within the window and no other arrival was told."""
    booking = done.booking
    if is_within_window(booking):
        contact = recipient(booking.work_order, _portal_settings())
        if not _told(booking).naming_arrival(contact.pk if contact else None):
            return Reason.SAME_WINDOW
    tell(booking, DELAYED)
    return None


def is_within_window(booking: Booking) -> bool:
    """Tell whether work on a visit that nobody is on the way to begins within its arrival window, late or not."""
    window, expected = booking.window, booking.expected_start or booking.start
    return booking.status == BookingStatus.SCHEDULED and window is not None and expected <= window.latest


def slipped(booking: Booking) -> None:
    """The arrival slipped well beyond what was told: told once per journey, and once more per *Running late*.

    Nothing is queued while such a message is still open: it will name the arrival as it is when it goes out.
    """
    about = CustomerNotification.objects.regarding(booking).filter(event=DELAYED, revision=booking.revision)
    if not about.filter(state__in=State.open()).exists():
        tell(booking, DELAYED, occasion=SLIP)


def is_of_slip(dedupe_key: str) -> bool:
    return dedupe_key.endswith(f":{SLIP}")


def turned_back(booking: Booking) -> None:
    """Nobody is on the way any more: a customer who was told of the arrival is told that too."""
    tell(booking, DELAYED, occasion=BACK)
    _say_what_was_dropped(booking, _told(booking), but=[])


def _say_what_was_dropped(booking: Booking, so_far: Told, *, but: Collection[Contact]) -> bool:
    """Queue again that a scheduled visit was booked or moved, where that did not go out as it was not scheduled then.

    Not for contacts in `but`, who get a message that names the time anyway; returns whether anything is queued.
    """
    if booking.status != BookingStatus.SCHEDULED:
        return False
    dropped = CustomerNotification.objects.regarding(booking).filter(
        event__in=(BOOKED, CONFIRMED, RESCHEDULED), state=State.SUPERSEDED, reason=Reason.STATUS_CHANGED
    )
    # Of a visit that was booked and moved, that it is booked.
    rows = sorted(dropped.select_related("contact"), key=lambda row: row.event != RESCHEDULED)
    is_said = False
    for contact, event in {row.contact: row.event for row in rows if row.contact is not None}.items():
        if contact in but:
            continue
        times = so_far.times(contact)
        if times and all(time.still_holds(booking.told_time) for time in times):
            continue
        tell(booking, RESCHEDULED if times else event, contact)
        is_said = True
    return is_said


def is_of_turning_back(dedupe_key: str) -> bool:
    return dedupe_key.endswith(f":{BACK}")


def completed(booking: Booking) -> None:
    tell(booking, COMPLETED)


def rescheduled(done: VerbDone) -> Reason | None:
    """Queue it if the start is now more than ten minutes from what the contact was last told, or in another window.

    A customer who moved the visit gets it in any case. Returns why nothing is queued.
    """
    booking, by_customer = done.booking, done.change.contact
    contact = recipient(booking.work_order, _portal_settings())
    if by_customer is not None:
        tell(booking, RESCHEDULED, by_customer, OWN_ACT)
        if contact == by_customer:
            return None
    # Which of them was told last is known at delivery, and asked again then.
    times = _told(booking).times(contact)
    if any(not time.still_holds(booking.told_time) for time in times):
        tell(booking, RESCHEDULED)
        return None
    same = Reason.SAME_WINDOW if booking.window else Reason.SMALL_MOVE
    return same if times else Reason.NOT_REMINDED


def canceled(done: VerbDone) -> Reason | None:
    """The visit is off: tell everybody who was told of it, even those who would no longer be the recipient.

    A customer who canceled it is told in any case. Returns why nothing is queued.
    """
    booking, by_customer = done.booking, done.change.contact
    contacts = [contact for contact in _told(booking).contacts() if contact != by_customer]
    for contact in contacts:
        tell(booking, CANCELED, contact)
    if by_customer is not None:
        tell(booking, CANCELED, by_customer, OWN_ACT)
    return None if contacts or by_customer is not None else Reason.NOT_REMINDED


def reopened(done: VerbDone) -> Reason | None:
    """The visit is on again, or the work goes on: tell everybody who was told otherwise.

    A message that says otherwise and has not gone out is no longer true, and does not go out. Returns why nothing is
    queued.
    """
    so_far = Told.about(done.booking)
    contacts = so_far.ended_for()
    for contact in contacts:
        tell(done.booking, REOPENED, contact)
    is_said = _say_what_was_dropped(done.booking, so_far, but=contacts)
    return None if contacts or is_said else Reason.NOT_TOLD_OTHERWISE


def asked(note: CustomerNote) -> None:
    """Confirm to a customer that what they ask for has arrived."""
    if note.contact is not None:
        tell(note.booking, ASKED, note.contact, f"{note.pk}:{OWN_ACT}")


def is_own_act(dedupe_key: str) -> bool:
    """Tell whether a message confirms to customers what they did themselves."""
    return dedupe_key.endswith(f":{OWN_ACT}") or dedupe_key.startswith(f"{CONFIRMED}:")


def occasion_of(notification: CustomerNotification) -> str:
    """Return what tells the message from others of the same event, revision, contact and channel; empty if nothing."""
    return notification.dedupe_key.partition(f":{notification.channel}")[2].removeprefix(":")


def is_asked_for(dedupe_key: str) -> bool:
    """Tell whether somebody asked for this very message to go out now."""
    return dedupe_key.endswith(f":{ASKED_FOR}")


def tell(
    booking: Booking, event: str, contact: Contact | None = None, occasion: str = "", *, by: User | None = None
) -> None:
    known = _known.get()
    # A file calls this ten thousand times. Delivery asks again, of the record as it then is.
    portal_settings = known.portal_settings if known else remembered.get(PortalSettings.load)
    outbox.queue(
        event,
        contact=contact or recipient(booking.work_order, portal_settings),
        channels=portal_settings.channels,
        regarding=booking,
        revision=booking.revision,
        occasion=occasion,
        asked_by=by,
    )
