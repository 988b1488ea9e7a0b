"""The technician's position, as far as the customer may know it. Nothing else decides that.

Only while they travel to this very visit, and only of positions since they set off. Words are in the reader's language,
which must be the active one.
"""

import datetime as dt
import math
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from babel.units import format_unit
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bookings.eta.base import Point, distance_km
from bookings.models import BookingStatus, Position, Route
from fsportal.lib import zones
from fsportal.lib.maps import map_credits
from fsportal.models.portal_settings import DistanceUnit, LocationPrecision
from portal.visit.page import VisitPage

#: Staff who look at the portal as a customer see what they would see in the Settings area, and no more.
SEES_WHEREABOUTS = "bookings.view_position"
#: From these ages on, the page says that the position is old, and no longer shows it.
STALE = dt.timedelta(minutes=2)
LOST = dt.timedelta(minutes=15)
#: "About": the middle of a field of a fixed grid. Never a random shift, which many looks would average away.
GRID_METRES = 300.0
GRID_DEGREES = GRID_METRES / 111_195
#: A route is drawn with this many points at most.
MOST_POINTS = 250
#: Roads are longer than the crow flies (bookings/eta/estimate.py).
ROAD = 1.3
KM_PER_MILE = 1.609344


@dataclass(frozen=True)
class ShownPosition:
    """Where the technician was, as exactly as it may be shown."""

    latitude: float
    longitude: float
    accuracy: float | None
    is_about: bool
    at: dt.datetime

    @property
    def point(self) -> Point:
        return self.latitude, self.longitude


@dataclass(frozen=True)
class LiveMap:
    """What the live map of one visit shows now; made only if a map may be shown at all."""

    page: VisitPage

    @classmethod
    def of(cls, page: VisitPage) -> "LiveMap | None":
        """Return it while somebody travels to the visit and the settings allow a map, or else None."""
        portal_settings, viewer = page.portal_settings, page.access.viewer
        shows = (
            portal_settings.track_my_technician
            and portal_settings.show_map
            and portal_settings.location_precision != LocationPrecision.OFF
        )
        if page.booking.status != BookingStatus.TRAVELING or not shows:
            return None
        if viewer is not None and viewer.is_read_only and not viewer.user.has_perm(SEES_WHEREABOUTS):
            return None
        return cls(page)

    @property
    def tiles(self) -> str:
        return str(settings.MAP_TILES_URL)

    @property
    def credits(self) -> SafeString:
        return map_credits()

    # --- Places -----------------------------------------------------------------------------------------------------

    @property
    def is_about(self) -> bool:
        """Tell whether places are shown on the grid only."""
        return self.page.portal_settings.location_precision != LocationPrecision.EXACT

    @cached_property
    def place(self) -> ShownPosition | None:
        """Return the technician's last position, or None if that is unknown or long ago."""
        last = Position.objects.last_of(self.page.booking)
        if last is None or self.page.now - last.recorded_at > LOST:
            return None
        if self.is_about:
            return ShownPosition(*on_grid(last.latitude, last.longitude), GRID_METRES, True, last.recorded_at)
        return ShownPosition(round(last.latitude, 5), round(last.longitude, 5), last.accuracy, False, last.recorded_at)

    @property
    def destination(self) -> Point | None:
        return self.page.booking.work_order.site.coordinates

    @property
    def age(self) -> dt.timedelta:
        return max(self.page.now - self.place.at, dt.timedelta()) if self.place else dt.timedelta()

    @property
    def is_stale(self) -> bool:
        """Tell whether the place is so old that the page warns of it."""
        return self.age > STALE

    @property
    def line_stamp(self) -> str:
        """Return an identifier of the route that is drawn now, or "".

        A route begins exactly where the technician is, so there is none while positions are on the grid.
        """
        computed = self.page.booking.arrival_at
        return "" if self.is_about or computed is None else str(int(computed.timestamp()))

    def line(self) -> list[list[float]]:
        """Return the route from the technician to the site; the part behind them is left out."""
        booking = self.page.booking
        # Not a route from before they set off, nor that of a technician from whom another took over.
        since = Route.objects.filter(booking=booking, computed_at__gte=booking.set_off_at)
        route = since.first() if self.place and self.line_stamp else None
        points = route.line if route else []
        if not points or self.place is None:
            return []
        place = self.place.point
        nearest = min(range(len(points)), key=lambda number: distance_km(place, (points[number][0], points[number][1])))
        return thinned([[round(part, 5) for part in point] for point in points[nearest:]])

    # --- Words ------------------------------------------------------------------------------------------------------

    @property
    def distance(self) -> str:
        """Return the remaining distance in whole kilometres or miles; "" if the position or the site is unknown."""
        if self.place is None or self.destination is None or self.is_stale:
            return ""
        is_km = self.page.portal_settings.travel_radius_unit == DistanceUnit.KM
        number = round(self._km(self.place, self.destination) / (1 if is_km else KM_PER_MILE))
        locale = zones.babel_locale(self.page.language)
        unit = "length-kilometer" if is_km else "length-mile"
        words = {"distance": format_unit(max(number, 1), unit, length="short", format="#", locale=locale)}
        # Translators: as in "About 3 km to go" and "Less than 1 km to go".
        return (_("About %(distance)s to go") if number else _("Less than %(distance)s to go")) % words

    def _km(self, place: ShownPosition, destination: Point) -> float:
        crow = distance_km(place.point, destination)
        metres, computed = self.page.booking.arrival_metres, self.page.booking.arrival_at
        # The distance by road belongs to the exact position; on the grid it would reveal more than the map shows.
        if self.is_about or metres is None or computed is None or abs(place.at - computed) > STALE:
            return ROAD * crow
        return max(metres / 1000, crow)

    @property
    def seen(self) -> str:
        """Return when the technician was there, by the site's clock; scripts replace it by how long ago."""
        if self.place is None:
            return ""
        at = self.place.at
        return zones.span(at, at, self.page.booking.zone_name, self.page.language, now=self.page.now)

    @property
    def stamp(self) -> str:
        """Return a value that changes when the page would read differently; then the page is fetched again."""
        page = self.page
        words = (page.sentence, page.hint, page.where_you_are, page.technician, self.place is None)
        return f"{page.booking.status}.{page.booking.revision}.{zlib.crc32(repr(words).encode()):08x}"

    def as_json(self, line_known: str) -> dict[str, Any]:
        """Return what an open page needs; the route only if it is not the one it has (`line_known`)."""
        place = self.place
        found: dict[str, Any] = {
            "stamp": self.stamp,
            "arrival": self.page.arrival,
            "distance": self.distance,
            "destination": self.destination,
            "position": None,
        }
        if place is None:
            return found
        accuracy = None if place.accuracy is None else round(place.accuracy)
        found["position"] = {"at": place.point, "accuracy": accuracy, "about": place.is_about}
        found |= {"age": round(self.age.total_seconds()), "stale": self.is_stale}
        if self.line_stamp != line_known:
            found |= {"line": self.line(), "line_stamp": self.line_stamp}
        return found


def on_grid(latitude: float, longitude: float) -> Point:
    """Return the middle of the field of about 300 by 300 metres that a place lies in."""
    row = math.floor(latitude / GRID_DEGREES)
    middle = (row + 0.5) * GRID_DEGREES
    # Fields are as wide as they are high, along each row alike; at the poles there is no width.
    width = GRID_DEGREES / max(math.cos(math.radians(middle)), 0.01)
    column = math.floor(longitude / width)
    return round(middle, 5), round((column + 0.5) * width, 5)


def thinned(points: list[list[float]]) -> list[list[float]]:
    """Return a line of MOST_POINTS points at most, with both of its ends."""
    step = math.ceil(len(points) / (MOST_POINTS - 1)) or 1
    return points if len(points) <= MOST_POINTS else [*points[:-1:step], points[-1]]
