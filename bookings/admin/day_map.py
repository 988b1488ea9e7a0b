"""The map of the day: where each technician was last seen, what they are at, what is next, and whether that is late.

The list says everything in words; the map (static/js/day-map.js) is the same, drawn.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.timeline import STATES, STATUS_TONES
from bookings.admin.today import VisitLine
from bookings.eta import Point
from bookings.models import Booking, BookingStatus, Resource, Route
from bookings.models.status import UNDER_WAY
from fsportal.lib import zones
from fsportal.lib.maps import map_credits
from fsportal.lib.text import initials
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import FAILED, QUIET, ago, change_url, company_moment

#: The page says so when there are more technicians than this.
SHOWN = 500
#: Age from which a position counts as old. On the way, positions come every few seconds; otherwise none are expected.
STALE_ON_THE_WAY = dt.timedelta(minutes=2)
STALE = dt.timedelta(minutes=15)
#: A visit that nobody set off to stays on the map for this long after its start, even past midnight.
MISSED_FOR = dt.timedelta(hours=12)
#: A route needs no more corners than this on an overview.
MOST_POINTS = 40

#: Sources that are not routing engines; an engine's own name is shown as it is.
SOURCES = {"estimate": gettext_lazy("estimate"), "technician": gettext_lazy("the technician")}


@dataclass(frozen=True)
class Moment:
    """The time now, and how far behind a visit may be before it counts as late."""

    now: dt.datetime
    slip: dt.timedelta


@dataclass(frozen=True)
class TechnicianOnMap:
    """A technician at a moment, in words for dispatchers. `visits` are those of the day, in order of their start."""

    resource: Resource
    visits: list[Booking]
    moment: Moment

    @cached_property
    def current(self) -> Booking | None:
        """Return the visit under way, or the latest of several."""
        return next((booking for booking in reversed(self.visits) if booking.status in UNDER_WAY), None)

    @cached_property
    def next(self) -> Booking | None:
        """Return the first visit of the day that nobody has set off to, even if its start has passed."""
        return next((booking for booking in self.visits if booking.status == BookingStatus.SCHEDULED), None)

    @cached_property
    def lines(self) -> dict[str, VisitLine | None]:
        return {
            "current": VisitLine.of(self.current) if self.current else None,
            "next": VisitLine.of(self.next) if self.next else None,
        }

    @property
    def url(self) -> str:
        return change_url(self.resource)

    @property
    def initials(self) -> str:
        return initials(self.resource.name)

    # --- State ------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        word = STATES[BookingStatus(self.current.status)] if self.current else _("No visit under way")
        return _("%(state)s, late") % {"state": word} if self.is_late else str(word)

    @property
    def tone(self) -> str:
        if self.is_late:
            return FAILED
        return STATUS_TONES[BookingStatus(self.current.status)] if self.current else QUIET

    @property
    def is_late(self) -> bool:
        return bool(self.why_late)

    @cached_property
    def why_late(self) -> list[str]:
        """Return one sentence for each visit that is late."""
        found = [self._arrives_late(self.current) if self.current else "", self._begins_late(self.next)]
        return [sentence for sentence in found if sentence]

    def _arrives_late(self, booking: Booking) -> str:
        if booking.status != BookingStatus.TRAVELING or expected(booking, self.moment.now) <= self._late_from(booking):
            return ""
        if booking.window:
            return _("Arrives after the window, %(end)s.") % {"end": _clock(booking, booking.told_time.latest)}
        return _("Arrives after the start, %(start)s.") % {"start": _clock(booking, booking.start)}

    def _begins_late(self, booking: Booking | None) -> str:
        if booking is None:
            return ""
        said = booking.expected_start
        if said is not None and said > max(self.moment.now, self._late_from(booking)):
            return _("Said to run late: the next visit begins about %(time)s.") % {"time": _clock(booking, said)}
        if booking.told_time.latest > self.moment.now:
            return ""
        return _("The next visit's start has passed and nobody has set off.")

    def _late_from(self, booking: Booking) -> dt.datetime:
        return booking.told_time.latest + self.moment.slip

    # --- Place ------------------------------------------------------------------------------------------------------

    @property
    def point(self) -> Point | None:
        """Return the last position in degrees, or None."""
        latitude, longitude = self.resource.last_latitude, self.resource.last_longitude
        return None if latitude is None or longitude is None else (latitude, longitude)

    @property
    def is_on_the_way(self) -> bool:
        return self.current is not None and self.current.status == BookingStatus.TRAVELING

    @property
    def is_stale(self) -> bool:
        """Tell whether the last position is too old to rely on."""
        seen = self.resource.last_seen_at
        limit = STALE_ON_THE_WAY if self.is_on_the_way else STALE
        return seen is None or self.moment.now - seen > limit

    @property
    def seen(self) -> str:
        """Return the age of the position in words."""
        if self.point is None or self.resource.last_seen_at is None:
            return _("No position.")
        words = {"ago": ago(min(self.resource.last_seen_at, self.moment.now), self.moment.now)}
        if self.is_stale:
            return _("Old position, from %(ago)s: they may be elsewhere by now.") % words
        return _("Position from %(ago)s.") % words

    @cached_property
    def arrival(self) -> str:
        """Return the expected arrival with its source and age in words; empty unless traveling."""
        booking = self.current
        if booking is None or not self.is_on_the_way:
            return ""
        if booking.arrival_earliest is None or booking.arrival_latest is None:
            return _("Arrival time not known.")
        words = _("Expected %(span)s.") % {"span": _span(booking.arrival_earliest, booking.arrival_latest, booking)}
        if booking.arrival_at is None:
            return words
        source = str(SOURCES.get(booking.arrival_source, booking.arrival_source))
        said = ago(min(booking.arrival_at, self.moment.now), self.moment.now)
        return words + " " + _("Source: %(source)s, %(ago)s.") % {"source": source, "ago": said}


def expected(booking: Booking, now: dt.datetime) -> dt.datetime:
    """Return the middle of the arrival range, or now if that has passed."""
    earliest, latest = booking.arrival_earliest, booking.arrival_latest
    return now if earliest is None or latest is None else max(now, earliest + (latest - earliest) / 2)


def technicians(moment: Moment) -> list[TechnicianOnMap]:
    """Return at most SHOWN active technicians, the late ones first, in two queries."""
    resources = Resource.objects.filter(is_active=True).order_by("name")[:SHOWN]
    visits: dict[Any, list[Booking]] = defaultdict(list)
    for booking in visits_of_day(moment.now):
        visits[booking.resource_id].append(booking)
    found = [TechnicianOnMap(resource, visits[resource.pk], moment) for resource in resources]
    return sorted(found, key=lambda one: (not one.is_late, one.current is None))


def visits_of_day(now: dt.datetime) -> Iterable[Booking]:
    """Yield visits under way, and scheduled ones of today by the clock at their site, ordered by start."""
    rows = Booking.objects.filter(resource__is_active=True).select_related("work_order__account")
    span = (now - MISSED_FOR, now + dt.timedelta(hours=24))
    to_come = rows.filter(status=BookingStatus.SCHEDULED, start__gt=span[0], start__lt=span[1])
    # Two queries: asked with OR, both databases read every visit there ever was.
    for booking in sorted([*rows.under_way(), *to_come], key=lambda visit: (visit.start, visit.pk)):
        if booking.status in UNDER_WAY or _day(booking, booking.start) <= _day(booking, now):
            yield booking


def routes(found: Iterable[TechnicianOnMap]) -> dict[Any, list[list[float]]]:
    """Return the routes of the traveling technicians by booking id, in one query."""
    traveling = [one.current.pk for one in found if one.current is not None and one.is_on_the_way]
    return {route.booking_id: thinned(route.line) for route in Route.objects.filter(booking_id__in=traveling)}


def thinned(line: list[list[float]]) -> list[list[float]]:
    """Return at most MOST_POINTS points of a line, both ends included, rounded to about ten metres."""
    step = math.ceil(len(line) / (MOST_POINTS - 1)) or 1
    points = line if len(line) <= MOST_POINTS else [*line[:-1:step], line[-1]]
    return [[round(latitude, 4), round(longitude, 4)] for latitude, longitude in points]


def drawn(found: list[TechnicianOnMap]) -> dict[str, Any]:
    """Return the map's data: technicians with a position, and visits at a known place."""
    lines = routes(found)
    visits = [booking for one in found for booking in one.visits if booking.work_order.site.coordinates]
    return {
        "technicians": [_marker(one, lines) for one in found if one.point],
        "visits": [
            {
                "id": str(booking.pk),
                "at": booking.work_order.site.coordinates,
                "time": zones.clock(booking.start, booking.zone_name, _language()),
                "name": booking.work_order.account.name,
            }
            for booking in visits
        ],
    }


def _marker(one: TechnicianOnMap, lines: dict[Any, list[list[float]]]) -> dict[str, Any]:
    return {
        "id": str(one.resource.pk),
        "at": one.point,
        "name": one.resource.name,
        "initials": one.initials,
        "state": one.state,
        "tone": one.tone,
        "late": one.is_late,
        "stale": one.is_stale,
        "seen": one.seen,
        "arrival": one.arrival,
        "line": lines.get(one.current.pk, []) if one.current else [],
        "to": one.current.work_order.site.coordinates if one.current and one.is_on_the_way else None,
    }


def _day(booking: Booking, moment: dt.datetime) -> dt.date:
    return zones.local(moment, booking.zone_name).date()


def _clock(booking: Booking, moment: dt.datetime) -> str:
    return _span(moment, moment, booking)


def _span(earliest: dt.datetime, latest: dt.datetime, booking: Booking) -> str:
    return zones.span(earliest, latest, booking.zone_name, _language())


def _language() -> str:
    return zones.supported_language(translation.get_language() or "en")


MAY_SEE = "bookings.view_position"


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    more = _seen(request) | {
        "title": _("Map of the day"),
        "tiles": settings.MAP_TILES_URL,
        "credits": map_credits(),
    }
    return TemplateResponse(request, "admin/day_map.html", context | more)


def now(request: HttpRequest, _context: dict[str, Any]) -> JsonResponse:
    """Return the current list as HTML, and the map's data."""
    seen = _seen(request)
    words = render_to_string("admin/includes/day_map_list.html", seen, request)
    return JsonResponse({"list": words, **drawn(seen["technicians"])})


def _seen(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    at, portal_settings = timezone.now(), PortalSettings.load()
    slip = dt.timedelta(minutes=portal_settings.slip_minutes)
    found = technicians(Moment(at, slip))
    is_full = len(found) == SHOWN
    return {
        "now_words": company_moment(at),
        "unit": portal_settings.travel_radius_unit,
        "technicians": found,
        "late": sum(one.is_late for one in found),
        "under_way": sum(one.current is not None for one in found),
        "unseen": sum(one.point is None for one in found),
        "more": Resource.objects.filter(is_active=True).count() - len(found) if is_full else 0,
    }
