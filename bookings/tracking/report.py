"""One position as a device reports it: read from the request, refused if it cannot be true."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

#: Larger numbers mean nothing.
MOST_METRES = 100_000.0
FASTEST = 1_000.0
#: Years that a clock may show; others cannot be stored or compared.
FIRST, LAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class BadPositionReport(ValueError):
    """The request is not a position. The message never repeats what was sent."""


@dataclass(frozen=True)
class PositionReport:
    """A place and a time (aware); `accuracy` in metres, `speed` in metres per second, `heading` in degrees."""

    latitude: float
    longitude: float
    recorded_at: dt.datetime
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None

    @classmethod
    def of(
        cls,
        latitude: Any,
        longitude: Any,
        recorded_at: dt.datetime,
        *,
        accuracy: Any = None,
        speed: Any = None,
        heading: Any = None,
    ) -> "PositionReport":
        """Return the report that these values (numbers, or text with a number) make; raises BadPositionReport.

        Devices send -1 for an accuracy, speed or heading that they do not know. Impossible ones count as unknown and an
        accuracy of continents as the worst we store: a tracker that is refused would send the same for ever.
        """
        if not FIRST <= recorded_at < LAST:
            raise BadPositionReport("an impossible time")
        return cls(
            _within(latitude, 90, "latitude"),
            _within(longitude, 180, "longitude"),
            recorded_at,
            _known(accuracy, "accuracy", most=MOST_METRES, beyond=MOST_METRES),
            _known(speed, "speed", most=FASTEST),
            _known(heading, "heading", most=360),
        )


def number(value: Any, what: str) -> float:
    """Return a finite number; raises BadPositionReport, which names `what` was expected."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadPositionReport(f"no {what}") from None
    if isinstance(value, bool) or not math.isfinite(found):
        raise BadPositionReport(f"no {what}")
    return found


def _within(value: Any, most: float, what: str) -> float:
    found = number(value, what)
    if abs(found) > most:
        raise BadPositionReport(f"an impossible {what}")
    return found


def _known(value: Any, what: str, *, most: float, beyond: float | None = None) -> float | None:
    if value is None or value == "":
        return None
    found = number(value, what)
    if found > most:
        return beyond
    return found if found >= 0 else None
