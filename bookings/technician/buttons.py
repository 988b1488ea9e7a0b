"""What a technician can do to a visit: each deed with the statuses from which it leads on, and its words."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from bookings.models import BookingStatus, TapAction
from bookings.models.status import MAY_BE_LATE, MAY_FOLLOW
from bookings.models.taps import MINUTES

S = BookingStatus
#: The status after a deed.
AFTER = {
    TapAction.TRAVEL: S.TRAVELING,
    TapAction.START: S.IN_PROGRESS,
    TapAction.COMPLETE: S.COMPLETED,
    TapAction.PAUSE: S.ON_BREAK,
    TapAction.TURN_BACK: S.SCHEDULED,
}
#: What mostly comes next.
FIRST = {
    S.SCHEDULED: TapAction.TRAVEL,
    S.TRAVELING: TapAction.START,
    S.ON_BREAK: TapAction.START,
    S.IN_PROGRESS: TapAction.COMPLETE,
}
#: How a status is said to the technician, and its tone (static/css/visits.css).
STATE_WORDS = {
    S.SCHEDULED: (_("Planned"), ""),
    S.TRAVELING: (_("On the way"), "waiting"),
    S.ON_BREAK: (_("Break"), "attention"),
    S.IN_PROGRESS: (_("Working"), "waiting"),
    S.COMPLETED: (_("Done"), "good"),
    S.CANCELED: (_("Canceled"), "off"),
}
#: What is said after a tap that was sent by a form.
SAID = {
    TapAction.TRAVEL: _("You are on the way: %(visit)s."),
    TapAction.START: _("Work has begun: %(visit)s."),
    TapAction.PAUSE: _("Break: %(visit)s."),
    TapAction.COMPLETE: _("Done: %(visit)s."),
    TapAction.TURN_BACK: _("Turned back; planned again: %(visit)s."),
    TapAction.LATE: _("Running late is noted: %(visit)s."),
}


@dataclass(frozen=True)
class TapButton:
    """A deed as a button. `before` and `first` list statuses: where it is offered, and where it is the first choice."""

    deed: TapAction
    after: int
    before: frozenset[int]
    first: frozenset[int]

    @property
    def label(self) -> Any:
        """Return its words."""
        return self.deed.label


BUTTONS = tuple(
    TapButton(
        deed,
        after.value,
        frozenset(status for status in S.values if after in MAY_FOLLOW[status]),
        frozenset(status.value for status, first in FIRST.items() if first == deed),
    )
    for deed, after in AFTER.items()
)
LATE_BEFORE = frozenset(status.value for status in MAY_BE_LATE)


@dataclass(frozen=True)
class Offer:
    """A button beside a visit: whether it can be pressed now, and what a script must know to decide that later.

    `tap` is the id of the tap that it makes without scripts: pressed twice, it is one.
    """

    button: TapButton
    is_open: bool
    is_first: bool
    tap: uuid.UUID

    @property
    def before(self) -> str:
        """Return the statuses from which it is offered, for a script."""
        return " ".join(map(str, sorted(self.button.before)))

    @property
    def first(self) -> str:
        """Return the statuses in which it is the first choice, for a script."""
        return " ".join(map(str, sorted(self.button.first)))


def offers(status: int) -> list[Offer]:
    """Return every button beside a visit of this status: the first choice first."""
    found = [Offer(button, status in button.before, status in button.first, uuid.uuid4()) for button in BUTTONS]
    return sorted(found, key=lambda offer: not offer.is_first)


__all__ = ["LATE_BEFORE", "MINUTES", "SAID", "STATE_WORDS", "Offer", "offers"]
