"""What follows from each verb: who hears of it. The words are in messages/ (customers) and staff_cards/ (staff).

All of it happens in the verb's own transaction. What customers write is told where it is kept
(bookings/self_service/verbs.py), a message that does not arrive where it ends (bookings/messages/base.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

from bookings import staff_cards
from bookings.messages import queue
from bookings.models import Booking, BookingStatus, Event, Verb, Via
from bookings.models.booking import listen
from fsportal.models import Contact

Tell = Callable[[Event], None]


def _nobody(_event: Event) -> None:
    pass


@dataclass(frozen=True)
class Hears:
    """Who hears of a verb, in the order in which they are told."""

    customer: Tell = _nobody
    technicians: Tell = _nobody
    dispatchers: Tell = _nobody


def _visit(tell: Callable[[Booking], None]) -> Tell:
    return lambda event: tell(event.booking)


def _if_by_customer(tell: Callable[[Booking, Contact], None]) -> Tell:
    return lambda event: tell(event.booking, event.change.contact) if event.change.contact else None


def _confirmed(booking: Booking, _contact: Contact) -> None:
    queue.confirmed(booking)


def _handed_over_on_the_way(event: Event) -> None:
    if event.booking.status == BookingStatus.TRAVELING:
        queue.traveling(event.booking)  # somebody else will be at the door, at another time
    elif event.before is not None and event.before.status == BookingStatus.TRAVELING:
        queue.turned_back(event.booking)


#: Verb: what the customer, the technicians and the dispatchers hear of it.
CONSEQUENCES: dict[Verb, Hears] = {
    Verb.SCHEDULE: Hears(
        _if_by_customer(_confirmed), staff_cards.scheduled, _if_by_customer(staff_cards.customer_booked)
    ),
    Verb.RESCHEDULE: Hears(_visit(queue.rescheduled), staff_cards.moved, _if_by_customer(staff_cards.customer_moved)),
    Verb.ASSIGN: Hears(_handed_over_on_the_way, staff_cards.assigned),
    Verb.TRAVEL: Hears(_visit(queue.traveling), dispatchers=_visit(staff_cards.if_late)),
    Verb.RUN_LATE: Hears(_visit(queue.delayed), dispatchers=_visit(staff_cards.if_late)),
    Verb.TURN_BACK: Hears(_visit(queue.turned_back)),
    Verb.PAUSE: Hears(),
    Verb.START: Hears(),
    Verb.COMPLETE: Hears(_visit(queue.completed)),
    Verb.CANCEL: Hears(_visit(queue.canceled), staff_cards.canceled, _if_by_customer(staff_cards.customer_canceled)),
}


def follow(event: Event) -> None:
    if event.change.quiet:
        return
    hears = CONSEQUENCES[event.verb]
    hears.customer(event)
    # A file tells each technician once (bookings/schedule_files/importing.py).
    if event.change.via != Via.IMPORT and any(resource.user_id for resource in event.technicians()):
        hears.technicians(event)
    hears.dispatchers(event)


def register() -> None:
    """Hear of every verb; called once when the app is ready."""
    listen(follow)
