"""The technician's buttons: each verb with the statuses in which it is offered, and its words."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingStatus, TapVerb, doubts
from bookings.models.reopening import back_to, has_begun
from bookings.models.status import FINAL, MAY_BE_LATE, MAY_FOLLOW
from bookings.models.taps import MINUTES

S = BookingStatus
#: The status after a verb.
AFTER = {
    TapVerb.TRAVEL: S.TRAVELING,
    TapVerb.START: S.IN_PROGRESS,
    TapVerb.COMPLETE: S.COMPLETED,
    TapVerb.PAUSE: S.ON_BREAK,
    TapVerb.TURN_BACK: S.SCHEDULED,
}
#: What usually comes next.
FIRST = {
    S.SCHEDULED: TapVerb.TRAVEL,
    S.TRAVELING: TapVerb.START,
    S.ON_BREAK: TapVerb.START,
    S.IN_PROGRESS: TapVerb.COMPLETE,
}
#: A status in the technician's words, and its tone (static/css/tokens.css).
STATE_WORDS = {
    S.SCHEDULED: (_("Planned"), ""),
    S.TRAVELING: (_("On the way"), "waiting"),
    S.ON_BREAK: (_("Break"), "attention"),
    S.IN_PROGRESS: (_("Working"), "waiting"),
    S.COMPLETED: (_("Done"), "good"),
    S.CANCELED: (_("Canceled"), "failed"),
}
#: What is said after a tap that was sent by a form.
SAID = {
    TapVerb.TRAVEL: _("You are on the way: %(visit)s."),
    TapVerb.START: _("Work has begun: %(visit)s."),
    TapVerb.PAUSE: _("Break: %(visit)s."),
    TapVerb.COMPLETE: _("Done: %(visit)s."),
    TapVerb.TURN_BACK: _("Turned back; planned again: %(visit)s."),
    TapVerb.LATE: _("Running late is noted: %(visit)s."),
    TapVerb.REOPEN: _("Undone: %(visit)s."),
}


@dataclass(frozen=True)
class TapButton:
    """A verb as a button. It is offered in the statuses of `before`, and is the first choice in those of `first`.

    The status `after` it is None where it depends on what was before.
    """

    verb: TapVerb
    after: int | None
    before: frozenset[int]
    first: frozenset[int]

    @property
    def label(self) -> Any:
        return self.verb.label


UNDO = TapButton(TapVerb.REOPEN, None, frozenset(status.value for status in FINAL), frozenset())
BUTTONS = (
    *(
        TapButton(
            verb,
            after.value,
            frozenset(status for status in S.values if after in MAY_FOLLOW[status]),
            frozenset(status.value for status, first in FIRST.items() if first == verb),
        )
        for verb, after in AFTER.items()
    ),
    UNDO,
)
LATE_BEFORE = frozenset(status.value for status in MAY_BE_LATE)


@dataclass(frozen=True)
class Doubt:
    """What is asked before a tap: in which statuses, and for setting off only if it is not near the visit's start."""

    question: str = ""
    statuses: frozenset[int] = frozenset()
    start: dt.datetime | None = None

    @property
    def before(self) -> str:
        """Return the statuses in which it is asked, for a script."""
        return _listed(self.statuses)

    @property
    def near_for(self) -> int:
        """Return for how many seconds around the start nothing is asked, for a script."""
        return int(doubts.NEAR.total_seconds())


@dataclass(frozen=True)
class Offer:
    """A button beside a visit: whether it can be pressed now, and what a script needs to decide that later.

    `tap` is the id of the tap that it makes without scripts: pressed twice, it is one tap. `back` is the status after
    an *Undo* of what is there already.
    """

    button: TapButton
    is_open: bool
    is_first: bool
    tap: uuid.UUID
    doubt: Doubt
    back: int | None = None

    @property
    def before(self) -> str:
        """Return the statuses in which it is offered, for a script."""
        return _listed(self.button.before)

    @property
    def first(self) -> str:
        """Return the statuses in which it is the first choice, for a script."""
        return _listed(self.button.first)


def _listed(statuses: frozenset[int]) -> str:
    return " ".join(str(int(status)) for status in sorted(statuses))


def offers(booking: Booking, now: dt.datetime, *, may_undo: bool = False) -> list[Offer]:
    """Return every button for a visit at `now`, the first choice first."""
    status = booking.status
    back = back_to(booking).value if may_undo else None
    found = [
        Offer(
            button,
            status in button.before and (button is not UNDO or may_undo),
            status in button.first,
            uuid.uuid4(),
            _doubt(button.verb, booking, now),
            back if button is UNDO else None,
        )
        for button in BUTTONS
    ]
    return sorted(found, key=lambda offer: not offer.is_first)


def _doubt(verb: TapVerb, booking: Booking, now: dt.datetime) -> Doubt:
    if verb == TapVerb.TRAVEL:
        return Doubt(doubts.far_away(booking, now), doubts.ASKED_TO_TRAVEL, booking.start)
    if verb == TapVerb.COMPLETE:
        paused = booking.status == S.ON_BREAK and not has_begun(booking)
        return Doubt(doubts.never_started(), doubts.ASKED_TO_COMPLETE | ({S.ON_BREAK} if paused else frozenset()))
    return Doubt()


__all__ = ["LATE_BEFORE", "MINUTES", "SAID", "STATE_WORDS", "Offer", "offers"]
