"""A technician's day: which visits, in which order, and what a page says of each."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils.http import urlencode

from bookings.messages import queue, told
from bookings.models import Booking, BookingStatus, CustomerNote, Resource
from bookings.models.arrival import SAID
from bookings.models.status import FINAL, MAY_BE_LATE, UNDER_WAY
from bookings.technician.buttons import LATE_BEFORE, MINUTES, STATE_WORDS, Offer, offers
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings

#: What should have happened so long ago and did not is the dispatcher's business.
LEFT_OVER_FOR = dt.timedelta(days=7)
#: A visit soon after midnight is set off to before it: what begins this soon belongs to the day at hand.
SOON = dt.timedelta(hours=6)
#: https://developers.google.com/maps/documentation/urls/get-started#directions-action: opens the phone's own map app.
DIRECTIONS = "https://www.google.com/maps/dir/"


@dataclass(frozen=True)
class Stop:
    """One visit as the technician sees it."""

    booking: Booking
    resource: Resource
    portal_settings: PortalSettings
    language: str
    now: dt.datetime

    @property
    def when(self) -> str:
        """Return day and time, in the zone of the place."""
        booking = self.booking
        return zones.when(booking.start, booking.end, booking.zone_name, self.language, now=self.now)

    @property
    def clock(self) -> str:
        """Return when it begins, short, for a list of one day."""
        return zones.clock(self.booking.start, self.booking.zone_name, self.language)

    @property
    def day_name(self) -> str:
        """Return on which day, for one that was left over."""
        return zones.day(self.booking.start, self.booking.zone_name, self.language, now=self.now)

    @property
    def where_you_are(self) -> str:
        """Return the same start by the technician's own clock, where that is another."""
        booking = self.booking
        return zones.where_you_are(booking.start, booking.zone_name, self.resource.time_zone, self.language)

    @property
    def is_from_before(self) -> bool:
        """Tell whether it should have been done on an earlier day of the technician's."""
        return self.booking.start < day_of(self.resource, self.now)[0]

    @property
    def is_past_midnight(self) -> bool:
        """Tell whether it begins on a later day of the technician's."""
        return self.booking.start >= day_of(self.resource, self.now)[1]

    @property
    def expected(self) -> str:
        """Return when the customer expects the technician, where that is not the start; else nothing."""
        booking = self.booking
        if booking.status == BookingStatus.TRAVELING and booking.arrival_earliest and booking.arrival_latest:
            return zones.span(booking.arrival_earliest, booking.arrival_latest, booking.zone_name, self.language)
        if booking.status in MAY_BE_LATE and booking.expected_start:
            return zones.moment(booking.expected_start, booking.zone_name, self.language, now=self.now)
        return ""

    @property
    def noted_late(self) -> str:
        """Return when the technician is expected, where that is what they said themselves; else nothing."""
        said = self.booking.arrival_source == SAID or self.booking.status == BookingStatus.SCHEDULED
        return self.expected if said else ""

    @property
    def state(self) -> tuple[Any, str]:
        """Return the status in the technician's words, and its tone."""
        return STATE_WORDS[BookingStatus(self.booking.status)]

    @property
    def directions(self) -> str:
        """Return the address that opens the way in a map app, or nothing without a place."""
        site = self.booking.work_order.site
        place = "{},{}".format(*site.coordinates) if site.coordinates else site.address_line()
        return f"{DIRECTIONS}?{urlencode({'api': '1', 'destination': place})}" if place else ""

    @property
    def address(self) -> str:
        """Return the place of work on one line."""
        return self.booking.work_order.site.address_line()

    @property
    def contact(self) -> Contact | None:
        """Return whom to call: who reported the work, else the account's primary contact, if they have a phone."""
        order = self.booking.work_order
        people = (order.reported_by, order.account.primary_contact)
        return next((person for person in people if person and person.mobile_phone), None)

    @property
    def notes(self) -> list[CustomerNote]:
        """Return what customers wrote about it."""
        return list(self.booking.customer_notes.all())

    @property
    def offers(self) -> list[Offer]:
        """Return what can be done to it."""
        return offers(self.booking.status)

    @property
    def may_be_late(self) -> bool:
        """Tell whether running late can be said now."""
        return self.booking.status in MAY_BE_LATE

    @property
    def late_before(self) -> str:
        """Return the statuses in which running late can be said, for a script."""
        return " ".join(map(str, sorted(LATE_BEFORE)))

    @property
    def late_choices(self) -> list[tuple[int, uuid.UUID]]:
        """Return how late one can say to be, each with the id of its tap."""
        return [(minutes, uuid.uuid4()) for minutes in MINUTES]

    @property
    def told(self) -> str:
        """Return the name of who is told by message that the technician runs late; nothing where nobody is."""
        order = self.booking.work_order
        is_excluded = order.account.is_excluded or bool(order.work_order_type and order.work_order_type.is_excluded)
        contact = queue.recipient(order, self.portal_settings)
        return contact.name if contact and not is_excluded and self.portal_settings.sends(told.DELAYED) else ""


def day_of(resource: Resource, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return begin and end (UTC) of the technician's own day at `now`."""
    local = zones.local(now, resource.time_zone)
    begin = dt.datetime.combine(local.date(), dt.time(), tzinfo=local.tzinfo)
    end = dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time(), tzinfo=local.tzinfo)
    return begin.astimezone(dt.UTC), end.astimezone(dt.UTC)


@dataclass(frozen=True)
class WorkDay:
    """The technician's day at `now`. Reads, never writes."""

    resource: Resource
    portal_settings: PortalSettings
    language: str
    now: dt.datetime

    @property
    def name(self) -> str:
        """Return "Tue 24 Nov", by the technician's own clock."""
        return zones.day(self.now, self.resource.time_zone, self.language, now=self.now)

    @property
    def as_of(self) -> str:
        """Return the clock time of what is shown."""
        return zones.clock(self.now, self.resource.time_zone, self.language)

    @cached_property
    def stops(self) -> list[Stop]:
        """Return today's visits and the night's, what is under way, and what was left over from before, in order."""
        begin, _end = day_of(self.resource, self.now)
        left_over = Q(status=BookingStatus.SCHEDULED, start__lt=begin, start__gte=begin - LEFT_OVER_FOR)
        today = Q(start__gte=begin, start__lt=self._until)
        return self._stops(today | left_over | Q(status__in=UNDER_WAY))

    @property
    def _until(self) -> dt.datetime:
        """Return the end of what belongs to the day at hand."""
        _begin, end = day_of(self.resource, self.now)
        return max(end, self.now + SOON)

    @cached_property
    def current(self) -> Stop | None:
        """Return the visit that is under way, else the next one of today, else one that was left over."""
        open_stops = [stop for stop in self.stops if stop.booking.status not in FINAL]
        under_way = [stop for stop in open_stops if stop.booking.status in UNDER_WAY]
        of_today = [stop for stop in open_stops if not stop.is_from_before]
        return next(iter(under_way or of_today or open_stops), None)

    @property
    def others(self) -> list[Stop]:
        """Return what else is to be done."""
        return [stop for stop in self.stops if stop.booking.status not in FINAL and stop != self.current]

    @property
    def over(self) -> list[Stop]:
        """Return what is done, or was canceled."""
        return [stop for stop in self.stops if stop.booking.status in FINAL]

    @cached_property
    def tomorrow(self) -> list[Stop]:
        """Return what else is planned for the day after."""
        _begin, end = day_of(self.resource, self.now)
        _same, last = day_of(self.resource, end)
        return self._stops(Q(start__gte=self._until, start__lt=last, status=BookingStatus.SCHEDULED))

    @property
    def tomorrow_name(self) -> str:
        """Return the name of the day after."""
        _begin, end = day_of(self.resource, self.now)
        return zones.day(end, self.resource.time_zone, self.language, now=self.now)

    def _stops(self, which: Q) -> list[Stop]:
        found = Booking.objects.filter(which, resource=self.resource).with_visit()
        found = found.prefetch_related("customer_notes").order_by("start", "pk")
        return [Stop(booking, self.resource, self.portal_settings, self.language, self.now) for booking in found]
