"""What follows from each verb: who hears of it. The words are in messages/ (customers) and staff_cards/ (staff).

All of it happens in the verb's own transaction. So does the end of cards that a verb makes untrue: each kind of card
says when it is over (bookings/staff_cards/ends.py), so verbs need not name them. What customers write is told where it
is kept (bookings/self_service/verbs.py), a message that does not arrive where it ends (bookings/messages/base.py).
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bookings import staff_cards
from bookings.messages import queue
from bookings.models import Booking, BookingStatus, Verb, VerbDone, Via, VisitCount, WorkOrder
from bookings.models.booking import listen
from fsportal.models import Contact
from notifications.customers import outbox
from notifications.inapp.ending import end_about
from notifications.models import Reason

#: For customers it returns why they are told nothing.
Tell = Callable[[VerbDone], Reason | None]


def _nobody(_done: VerbDone) -> None:
    pass


@dataclass(frozen=True)
class Hears:
    """Who hears of a verb, in the order in which they are told."""

    customer: Tell = _nobody
    technicians: Tell = _nobody
    dispatchers: Tell = _nobody


def _of_booking(tell: Callable[[Booking], None]) -> Tell:
    return lambda done: tell(done.booking)


def _if_by_customer(tell: Callable[[Booking, Contact], None]) -> Tell:
    return lambda done: tell(done.booking, done.change.contact) if done.change.contact else None


def _handed_over_on_the_way(done: VerbDone) -> None:
    if done.booking.status == BookingStatus.TRAVELING:
        queue.traveling(done.booking)  # somebody else will be at the door, at another time
    elif done.before is not None and done.before.status == BookingStatus.TRAVELING:
        queue.turned_back(done.booking)


#: Verb: what the customer, the technicians and the dispatchers hear of it.
CONSEQUENCES: dict[Verb, Hears] = {
    Verb.SCHEDULE: Hears(queue.booked, staff_cards.scheduled, _if_by_customer(staff_cards.customer_booked)),
    Verb.RESCHEDULE: Hears(queue.rescheduled, staff_cards.moved, _if_by_customer(staff_cards.customer_moved)),
    Verb.ASSIGN: Hears(_handed_over_on_the_way, staff_cards.assigned),
    Verb.TRAVEL: Hears(_of_booking(queue.traveling), dispatchers=_of_booking(staff_cards.if_late)),
    Verb.RUN_LATE: Hears(queue.delayed, dispatchers=_of_booking(staff_cards.if_late)),
    Verb.TURN_BACK: Hears(_of_booking(queue.turned_back)),
    Verb.PAUSE: Hears(),
    Verb.START: Hears(),
    Verb.COMPLETE: Hears(_of_booking(queue.completed)),
    Verb.CANCEL: Hears(queue.canceled, staff_cards.canceled, _if_by_customer(staff_cards.customer_canceled)),
    Verb.REOPEN: Hears(queue.reopened, staff_cards.reopened),
    Verb.CONFIRM: Hears(),
    Verb.DECLINE: Hears(dispatchers=_if_by_customer(staff_cards.customer_declined)),
}


def for_customer(done: VerbDone) -> Reason | None:
    """Queue what customers hear of a verb; returns why they hear nothing."""
    tell = CONSEQUENCES[done.verb].customer
    if done.change.quiet:
        return None if tell is _nobody else Reason.DO_NOT_TELL
    with outbox.not_before(done.change.told_from):
        return tell(done)


def follow(done: VerbDone) -> None:
    if reason := for_customer(done):
        done.row.note_untold(reason)
    if not done.change.quiet:
        _tell_staff(done)
    # A file does both for all of its visits at once (bookings/schedule_files/importing.py).
    if done.change.via != Via.IMPORT:
        end_about(done.booking)
        _keep_tray(done)
        VisitCount.doubt(visit.start for visit in (done.booking, done.before) if visit)
    # Also in silence: what waits is no news, but nobody would see to it.
    if staff_cards.is_on_again(done):
        staff_cards.back_again(done.booking)


def _keep_tray(done: VerbDone) -> None:
    """Take work out of the tray once a visit is planned, and put it back if whoever canceled the visit wants that."""
    order = done.booking.work_order
    if done.verb in (Verb.SCHEDULE, Verb.REOPEN) and order.waits_since is not None:
        _wait(order, None)
    elif done.verb == Verb.CANCEL and done.change.replan:
        _wait(order, done.change.made_at)


def _wait(order: WorkOrder, since: dt.datetime | None) -> None:
    order.waits_since = since
    WorkOrder.objects.filter(pk=order.pk).update(waits_since=since)
    if since is None:
        end_about(order)


def keep_tray_of_file(done: Iterable[VerbDone]) -> None:
    """Take out of the tray what a file has planned; mostly nothing, and no statement then."""
    orders = {one.booking.work_order for one in done if one.verb == Verb.SCHEDULE}
    for order in orders:
        if order.waits_since is not None:
            _wait(order, None)


def _tell_staff(done: VerbDone) -> None:
    hears = CONSEQUENCES[done.verb]
    # A file tells each technician once (bookings/schedule_files/importing.py).
    if done.change.via != Via.IMPORT and any(resource.user_id for resource in done.technicians()):
        hears.technicians(done)
    hears.dispatchers(done)


def register() -> None:
    """Hear of every verb; called once when the app is ready."""
    listen(follow)
