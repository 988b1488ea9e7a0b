"""The verbs of self-service: answer, change, cancel, ask, book, rate.

Each checks everything again under a lock, whatever the page has shown: the policy, whether the time is offered, and
whether it is free. The lock is the technician's row: of many customers who want the same time, one gets it.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings import staff_cards
from bookings.availability import free_times
from bookings.availability.free_times import FreeTime, Search
from bookings.messages import queue
from bookings.models import (
    Booking,
    BookingError,
    BookingStatus,
    Change,
    CustomerAnswer,
    CustomerNote,
    Feedback,
    IncidentType,
    NotAllowed,
    Resource,
    StaleBooking,
    Verb,
    Via,
    VisitCount,
    Wish,
    WorkOrder,
)
from bookings.models.status import FINAL
from bookings.self_service import offers, policy
from bookings.self_service.policy import Why
from fsportal.models import Contact, PortalSettings, User

#: Numbers of work that customers booked themselves: P-000123.
SERIES = "P"


class TimeTaken(BookingError):
    """Somebody was quicker, or the time is no longer offered."""

    def __init__(self) -> None:
        super().__init__(_("This time is not free any more. Please choose another one."))


class PolicyRefused(BookingError):
    """Customers may not do that by themselves; `why` is the reason."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.label)
        self.why = why


@transaction.atomic
def change_time(
    booking: Booking, to: FreeTime, *, contact: Contact, by: User | None, why: str, now: dt.datetime
) -> bool:
    """Move the visit to a free time and that time's technician; return whether anything changed.

    `by` is the contact's user, or None if they came by a link. Harmless when repeated: the visit is at that time
    already. Raises PolicyRefused, TimeTaken, and StaleBooking if the visit has changed since it was read.
    """
    _lock(to.resource)
    before = booking.locked()
    told = offers.told_at(to.start, before.work_order.incident_type, before.zone_name)
    if before.status == BookingStatus.SCHEDULED and before.told_time == told:
        return booking.reschedule(before.start, before.end)
    _require_as_read(booking, before)
    _refuse(policy.allowed(before, now).why_not_change)
    search = free_times.search_to_move(before, now, portal_settings=PortalSettings.load())
    _require_free(search, to)
    change = Change(by=by, via=Via.PORTAL, why=why, contact=contact)
    booking.assign(to.resource, change)
    window = told if told.until else None
    return booking.reschedule(to.start, to.start + search.length, change, window=window)


@transaction.atomic
def answer(
    booking: Booking, said: CustomerAnswer, *, contact: Contact, by: User | None, seen: int, via: Via = Via.PORTAL
) -> bool:
    """Take whether the visit suits the customer; False if they said so already. Raises PolicyRefused once it has begun.

    `seen` is the revision by which the time was set that they were asked about (`timed_by`). Raises StaleBooking if it
    has another one; whatever else changed meanwhile, such as the technician, does not matter to the answer.
    """
    before = booking.locked()
    if before.status != BookingStatus.SCHEDULED:
        raise PolicyRefused(Why.STATUS)
    if before.timed_by != seen:
        raise _stale()
    change = Change(by=by, via=via, contact=contact)
    return before.confirm(change) if said == CustomerAnswer.YES else before.decline(change)


@transaction.atomic
def cancel(booking: Booking, *, contact: Contact, by: User | None, why: str, now: dt.datetime) -> bool:
    """Cancel the visit; False if it was canceled already. Raises PolicyRefused and StaleBooking."""
    before = booking.locked()
    if before.status == BookingStatus.CANCELED:
        return booking.cancel()
    _require_as_read(booking, before)
    _refuse(policy.allowed(before, now).why_not_cancel)
    return booking.cancel(Change(by=by, via=Via.PORTAL, why=why, contact=contact))


@transaction.atomic
def ask(booking: Booking, *, contact: Contact, wish: Wish, text: str) -> CustomerNote:
    """Keep what the customer asks or tells us, for a person to decide. The same words again are the same note.

    Raises PolicyRefused if the visit is completed or canceled.
    """
    if booking.locked().status in FINAL:
        raise PolicyRefused(Why.STATUS)
    note, is_new = CustomerNote.objects.get_or_create(
        booking=booking, contact=contact, wish=wish, text=text.strip(), handled_at=None
    )
    if is_new:
        staff_cards.customer_wrote(note)
        if wish != Wish.NOTE:
            queue.asked(note)
    return note


@transaction.atomic
def book(
    contact: Contact, incident_type: IncidentType, at: FreeTime, *, by: User | None, details: str, now: dt.datetime
) -> Booking:
    """Make a work order and its visit at the account's address; return the visit.

    Harmless when repeated: the second time it returns the visit that was made. Raises PolicyRefused if customers may
    not book that, and TimeTaken.
    """
    portal_settings, account = PortalSettings.load(), contact.account
    if not (portal_settings.self_scheduling and incident_type.is_offered and account.is_active):
        raise PolicyRefused(Why.POLICY)
    _lock(at.resource)
    if (made := _booked_before(contact, incident_type, at)) is not None:
        return made
    search = free_times.search_to_book(incident_type, account, now, portal_settings=portal_settings)
    _require_free(search, at)
    order = _work_order(contact, incident_type, details.strip())
    end = at.start + search.length
    change = Change(by=by, via=Via.PORTAL, contact=contact)
    booking = Booking.schedule(work_order=order, resource=at.resource, start=at.start, end=end, change=change)
    if order.notes:
        note = CustomerNote.objects.create(booking=booking, contact=contact, text=order.notes)
        staff_cards.customer_wrote(note)
    return booking


@transaction.atomic
def request_time(
    contact: Contact, incident_type: IncidentType, *, text: str, details: str, now: dt.datetime
) -> WorkOrder:
    """Keep that a customer wants a visit for which no offered time suits; somebody here plans it.

    The same words again are the same request, as long as it waits. Raises PolicyRefused if customers may not book that.
    """
    portal_settings, account = PortalSettings.load(), contact.account
    if not (portal_settings.self_scheduling and incident_type.is_offered and account.is_active):
        raise PolicyRefused(Why.POLICY)
    # One after the other, so that a double click finds what the first one made.
    Contact.objects.select_for_update(no_key=True).filter(pk=contact.pk).first()
    waiting = WorkOrder.objects.filter(reported_by=contact, incident_type=incident_type, waits_since__isnull=False)
    if (made := waiting.filter(request=text.strip()).first()) is not None:
        return made
    order = _work_order(contact, incident_type, details.strip())
    order.request, order.waits_since = text.strip(), now
    order.save(update_fields=["request", "waits_since"])
    staff_cards.customer_asked_for_time(order)
    return order


@transaction.atomic
def rate(booking: Booking, contact: Contact, rating: int, comment: str = "") -> tuple[Feedback, bool]:
    """Keep the contact's rating and return it with whether it is new: the first one stays.

    Raises NotAllowed if the visit is not completed.
    """
    if booking.status != BookingStatus.COMPLETED:
        raise NotAllowed(_("This visit is not done yet."))
    words = {"rating": rating, "comment": comment}
    feedback, is_new = Feedback.objects.get_or_create(booking=booking, contact=contact, defaults=words)
    if is_new:
        VisitCount.doubt([booking.start])
    if is_new and feedback.is_low:
        staff_cards.low_rating(feedback)
    return feedback, is_new


def _booked_before(contact: Contact, incident_type: IncidentType, at: FreeTime) -> Booking | None:
    """Return the visit that the same press of the button made the first time."""
    mine = Booking.objects.active().filter(work_order__reported_by=contact, work_order__incident_type=incident_type)
    told = offers.told_at(at.start, incident_type, contact.account.time_zone)
    mine = mine.filter(window_start=told.start) if told.until else mine.filter(resource=at.resource, start=at.start)
    return mine.filter(changes__contact=contact, changes__verb=Verb.SCHEDULE).first()


def _work_order(contact: Contact, incident_type: IncidentType, details: str) -> WorkOrder:
    return WorkOrder.objects.create(
        number=WorkOrder.next_number(SERIES),
        account=contact.account,
        incident_type=incident_type,
        work_order_type=incident_type.default_work_order_type,
        reported_by=contact,
        notes=details,
    )


def _lock(resource: Resource) -> None:
    if not resource.lock():
        raise TimeTaken


def _require_as_read(booking: Booking, before: Booking) -> None:
    # The verbs would refuse it too, in words for staff.
    if before.revision != booking.revision:
        raise _stale()


def _stale() -> StaleBooking:
    return StaleBooking(_("This visit was changed in the meantime. Look at it as it is now, then decide."))


def _refuse(why: Why | None) -> None:
    if why is not None:
        raise PolicyRefused(why)


def _require_free(search: Search, time: FreeTime) -> None:
    # By the search's length: the end is not the customer's to choose.
    offered = free_times.is_offered(search, time.start, time.resource)
    if not offered or not free_times.is_free(search, time.start, time.resource):
        raise TimeTaken
