"""What an arrival time is, whoever computed it."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

Point = tuple[float, float]


@dataclass(frozen=True)
class Trip:
    """One drive: from and to (latitude, longitude in degrees), the departure (aware), the zone of the destination."""

    origin: Point
    destination: Point
    departs_at: dt.datetime
    zone_name: str


@dataclass(frozen=True)
class Arrival:
    """An arrival time as an honest range (aware times, UTC), with its source and when it was computed."""

    earliest: dt.datetime
    latest: dt.datetime
    source: str
    computed_at: dt.datetime


class ArrivalProvider(Protocol):
    """Something that knows how long a drive takes."""

    name: str

    def arrival(self, trip: Trip) -> Arrival:
        """Return when the drive ends."""
        ...
