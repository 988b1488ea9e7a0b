"""The technician's buttons: each verb with the statuses in which it is offered, and its words."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from bookings.models import BookingStatus, TapVerb
from bookings.models.status import MAY_BE_LATE, MAY_FOLLOW
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
}


@dataclass(frozen=True)
class TapButton:
    """A verb as a button. It is offered in the statuses of `before`, and is the first choice in those of `first`."""

    verb: TapVerb
    after: int
    before: frozenset[int]
    first: frozenset[int]

    @property
    def label(self) -> Any:
        return self.verb.label


BUTTONS = tuple(
    TapButton(
        verb,
        after.value,
        frozenset(status for status in S.values if after in MAY_FOLLOW[status]),
        frozenset(status.value for status, first in FIRST.items() if first == verb),
    )
    for verb, after in AFTER.items()
)
LATE_BEFORE = frozenset(status.value for status in MAY_BE_LATE)


@dataclass(frozen=True)
class Offer:
    """A button beside a visit: whether it can be pressed now, and what a script needs to decide that later.

    `tap` is the id of the tap that it makes without scripts: pressed twice, it is one tap.
    """

    button: TapButton
    is_open: bool
    is_first: bool
    tap: uuid.UUID

    @property
    def before(self) -> str:
        """Return the statuses in which it is offered, for a script."""
        return " ".join(map(str, sorted(self.button.before)))

    @property
    def first(self) -> str:
        """Return the statuses in which it is the first choice, for a script."""
        return " ".join(map(str, sorted(self.button.first)))


def offers(status: int) -> list[Offer]:
    """Return every button for a visit of this status, the first choice first."""
    found = [Offer(button, status in button.before, status in button.first, uuid.uuid4()) for button in BUTTONS]
    return sorted(found, key=lambda offer: not offer.is_first)


__all__ = ["LATE_BEFORE", "MINUTES", "SAID", "STATE_WORDS", "Offer", "offers"]
