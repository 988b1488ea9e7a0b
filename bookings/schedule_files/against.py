"""What stands against the visits of a file, among themselves and beside what is booked already."""

import datetime as dt
import uuid
from copy import copy

from bookings.availability.conflicts import Conflict, Proposal, conflicts_of
from bookings.models import Booking, Verb, VerbDone
from bookings.models.draft import Draft
from bookings.models.status import FINAL

TAKES_TIME = (Verb.SCHEDULE, Verb.RESCHEDULE, Verb.ASSIGN)


def against(draft: Draft[Booking, VerbDone], now: dt.datetime) -> dict[str, list[Conflict]]:
    """Return by external id what stands against each visit that the file makes, moves or gives to another.

    Visits that are over by `now` are left out. Their people are loaded already (bookings/plan.py).
    """
    before: dict[uuid.UUID, Booking | None] = {}
    for done in draft.done:
        if done.verb in TAKES_TIME:
            before.setdefault(done.booking.pk, done.before)
    every = [*draft.new(), *draft.changed()]
    asked = [one for one in every if one.pk in before and one.end > now and one.status not in FINAL]
    proposals = [_proposal(one, before[one.pk]) for one in asked]
    found = conflicts_of(proposals, drafted=every)
    return {booking.external_id or str(booking.pk): some for booking, some in zip(asked, found, strict=True) if some}


def _proposal(booking: Booking, before: Booking | None) -> Proposal:
    as_it_was = copy(booking)
    # A visit that is new has had no technician before.
    as_it_was.resource_id = before.resource_id if before is not None else None  # type: ignore[assignment]
    return Proposal(booking.resource, booking.work_order, booking.start, booking.end, as_it_was)
