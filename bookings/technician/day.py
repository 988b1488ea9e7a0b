"""A technician's day: which visits, in which order, and what the page says about each."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, Q
from django.utils.http import urlencode

from bookings.messages import queue, told
from bookings.models import Booking, BookingChange, BookingStatus, CustomerNote, Resource
from bookings.models.arrival import SAID
from bookings.models.status import FINAL, MAY_BE_LATE, UNDER_WAY
from bookings.models.taps import UNDO_FOR
from bookings.technician.buttons import LATE_BEFORE, MINUTES, STATE_WORDS, Offer, offers
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings

#: After that, a visit that was left over is the dispatcher's business.
LEFT_OVER_FOR = dt.timedelta(days=7)
#: Technicians set off before midnight to a visit soon after it: what begins this soon counts as today.
SOON = dt.timedelta(hours=6)
#: https://developers.google.com/maps/documentation/urls/get-started#directions-action: opens the phone's own map app.
DIRECTIONS = "https://www.google.com/maps/dir/"


@dataclass(frozen=True)
class Stop:
    booking: Booking
    resource: Resource
    portal_settings: PortalSettings
    language: str
    now: dt.datetime
    #: Whether it was just completed or canceled by the technician, who may take that back.
    may_undo: bool = False

    @property
    def when(self) -> str:
        booking = self.booking
        return zones.when(booking.start, booking.end, booking.zone_name, self.language, now=self.now)

    @property
    def window(self) -> str:
        """Return the arrival window that the customer was told, "08:00 to 12:00"; empty if it was the start."""
        booking = self.booking
        window = booking.window if booking.status in MAY_BE_LATE else None
        if window is None or window.until is None:
            return ""
        return zones.clocks(window.start, window.until, booking.zone_name, self.language)

    @property
    def clock(self) -> str:
        return zones.clock(self.booking.start, self.booking.zone_name, self.language)

    @property
    def day_name(self) -> str:
        """Return its day, for a visit that was left over."""
        return zones.day(self.booking.start, self.booking.zone_name, self.language, now=self.now)

    @property
    def where_you_are(self) -> str:
        """Return the start by the technician's own clock, if that differs from the site's."""
        booking = self.booking
        return zones.where_you_are(booking.start, booking.zone_name, self.resource.clock_zone, self.language)

    @property
    def is_from_before(self) -> bool:
        """Tell whether it should have been done on an earlier day, by the technician's clock."""
        return self.booking.start < day_of(self.resource, self.now)[0]

    @property
    def is_past_midnight(self) -> bool:
        """Tell whether it begins on a later day, by the technician's clock."""
        return self.booking.start >= day_of(self.resource, self.now)[1]

    @property
    def expected(self) -> str:
        """Return when the customer expects the technician, if that is not the start; otherwise nothing."""
        booking = self.booking
        if booking.status == BookingStatus.TRAVELING and booking.arrival_earliest and booking.arrival_latest:
            return zones.span(booking.arrival_earliest, booking.arrival_latest, booking.zone_name, self.language)
        if booking.status in MAY_BE_LATE and booking.expected_start:
            return zones.moment(booking.expected_start, booking.zone_name, self.language, now=self.now)
        return ""

    @property
    def noted_late(self) -> str:
        """Return when the technician is expected, if they said so themselves; otherwise nothing."""
        said = self.booking.arrival_source == SAID or self.booking.status == BookingStatus.SCHEDULED
        return self.expected if said else ""

    @property
    def state(self) -> tuple[Any, str]:
        return STATE_WORDS[BookingStatus(self.booking.status)]

    @property
    def directions(self) -> str:
        """Return the address that opens directions in a map app; empty without a place."""
        site = self.booking.work_order.site
        place = "{},{}".format(*site.coordinates) if site.coordinates else site.address_line()
        return f"{DIRECTIONS}?{urlencode({'api': '1', 'destination': place})}" if place else ""

    @property
    def address(self) -> str:
        return self.booking.work_order.site.address_line()

    @property
    def contact(self) -> Contact | None:
        """Return whom to call: the contact who reported the work or else the primary contact, whoever has a phone."""
        order = self.booking.work_order
        people = (order.reported_by, order.account.primary_contact)
        return next((person for person in people if person and person.mobile_phone), None)

    @property
    def notes(self) -> list[CustomerNote]:
        return list(self.booking.customer_notes.all())

    @property
    def offers(self) -> list[Offer]:
        return offers(self.booking, self.now, may_undo=self.may_undo)

    @property
    def may_be_late(self) -> bool:
        return self.booking.status in MAY_BE_LATE

    @property
    def late_before(self) -> str:
        """Return the statuses in which *Running late* is offered, for a script."""
        return " ".join(map(str, sorted(LATE_BEFORE)))

    @property
    def late_choices(self) -> list[tuple[int, uuid.UUID]]:
        """Return the choices of *Running late*, in minutes, each with the id of its tap."""
        return [(minutes, uuid.uuid4()) for minutes in MINUTES]

    @property
    def told(self) -> str:
        """Return the name of the contact who is told that the technician runs late; empty if nobody is."""
        order = self.booking.work_order
        is_excluded = order.account.is_excluded or bool(order.work_order_type and order.work_order_type.is_excluded)
        contact = queue.recipient(order, self.portal_settings)
        return contact.name if contact and not is_excluded and self.portal_settings.sends(told.DELAYED) else ""


def day_of(resource: Resource, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return begin and end (UTC) of the technician's day at `now`, by their own clock."""
    local = zones.local(now, resource.clock_zone)
    begin = dt.datetime.combine(local.date(), dt.time(), tzinfo=local.tzinfo)
    end = dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time(), tzinfo=local.tzinfo)
    return begin.astimezone(dt.UTC), end.astimezone(dt.UTC)


@dataclass(frozen=True)
class WorkDay:
    """The technician's day at `now`. It reads only."""

    resource: Resource
    portal_settings: PortalSettings
    language: str
    now: dt.datetime

    @property
    def name(self) -> str:
        return zones.day(self.now, self.resource.clock_zone, self.language, now=self.now)

    @property
    def as_of(self) -> str:
        return zones.clock(self.now, self.resource.clock_zone, self.language)

    @cached_property
    def stops(self) -> list[Stop]:
        """Return the visits of today and tonight, those under way and those left over, in order."""
        begin, _end = day_of(self.resource, self.now)
        left_over = Q(status=BookingStatus.SCHEDULED, start__lt=begin, start__gte=begin - LEFT_OVER_FOR)
        today = Q(start__gte=begin, start__lt=self._until)
        return self._stops(today | left_over | Q(status__in=UNDER_WAY) | Q(pk__in=self._just_ended))

    @cached_property
    def _just_ended(self) -> set[uuid.UUID]:
        """Return the visits that the technician completed or canceled a moment ago, and that nobody changed since."""
        mine = BookingChange.objects.filter(by=self.resource.user_id, at__gte=self.now - UNDO_FOR)
        last = mine.filter(booking__resource=self.resource, new_status__in=FINAL, revision=F("booking__revision"))
        return set(last.values_list("booking", flat=True))

    @property
    def _until(self) -> dt.datetime:
        """Return the end of what counts as today."""
        _begin, end = day_of(self.resource, self.now)
        return max(end, self.now + SOON)

    @cached_property
    def current(self) -> Stop | None:
        """Return the visit under way, or the next one of today, or one that was left over, in this order."""
        open_stops = [stop for stop in self.stops if stop.booking.status not in FINAL]
        under_way = [stop for stop in open_stops if stop.booking.status in UNDER_WAY]
        of_today = [stop for stop in open_stops if not stop.is_from_before]
        return next(iter(under_way or of_today or open_stops), None)

    @property
    def others(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.booking.status not in FINAL and stop != self.current]

    @property
    def over(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.booking.status in FINAL and not stop.may_undo]

    @property
    def just_over(self) -> list[Stop]:
        """Return what the technician may still take back."""
        return [stop for stop in self.stops if stop.may_undo]

    @cached_property
    def tomorrow(self) -> list[Stop]:
        """Return what else is planned for tomorrow."""
        _begin, end = day_of(self.resource, self.now)
        _same, last = day_of(self.resource, end)
        return self._stops(Q(start__gte=self._until, start__lt=last, status=BookingStatus.SCHEDULED))

    @property
    def tomorrow_name(self) -> str:
        _begin, end = day_of(self.resource, self.now)
        return zones.day(end, self.resource.clock_zone, self.language, now=self.now)

    def _stops(self, which: Q) -> list[Stop]:
        found = Booking.objects.filter(which, resource=self.resource).with_visit()
        found = found.prefetch_related("customer_notes").order_by("start", "pk")
        shown = (self.resource, self.portal_settings, self.language, self.now)
        return [Stop(booking, *shown, booking.pk in self._just_ended) for booking in found]
