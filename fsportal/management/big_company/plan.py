"""How big the company is, when its two years are, and chance that falls alike at each run."""

import datetime as dt
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

BEGAN = dt.timedelta(days=700)
AHEAD = dt.timedelta(days=30)
DAY = dt.timedelta(days=1)


@dataclass
class Plan:
    """What is to be made, and the keys of what is made already."""

    now: dt.datetime
    bookings: int
    contacts: int
    messages: int
    chance: random.Random = field(default_factory=lambda: random.Random(4711))  # noqa: S311  (no secret)
    accounts: list[uuid.UUID] = field(default_factory=list)
    #: Contact, account, name.
    people: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)
    resources: list[Any] = field(default_factory=list)
    #: Booking, contact, start.
    visits: list[tuple[uuid.UUID, uuid.UUID, dt.datetime]] = field(default_factory=list)

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def within(self, span: dt.timedelta) -> dt.timedelta:
        return span * self.chance.random()

    def before_now(self, moment: dt.datetime) -> dt.datetime:
        """Return `moment`, or a time of the last days if it is still ahead."""
        return moment if moment < self.now else self.now - self.within(3 * DAY)
