"""The visit as a calendar file (RFC 5545): a stable UID and a SEQUENCE that grows with every change."""

import datetime as dt
from functools import lru_cache

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from bookings.models import Booking, BookingStatus
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings


def visit_calendar(booking: Booking, portal_settings: PortalSettings, language: str, link: str = "") -> bytes:
    """Return the .ics bytes, in the site's zone; a canceled visit takes itself out of the calendar (METHOD:CANCEL)."""
    canceled = booking.status == BookingStatus.CANCELED
    calendar = Calendar()
    calendar.add("prodid", "-//Field Service Portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if canceled else "PUBLISH")
    calendar.add_component(_event(booking, portal_settings, link, canceled=canceled))
    head, begin, event = bytes(calendar.to_ical()).partition(b"BEGIN:VEVENT")
    return head + _timezone(booking.zone_name, zones.local(booking.start, booking.zone_name).year) + begin + event


@lru_cache(maxsize=512)
def _timezone(zone_name: str, year: int) -> bytes:
    """Return the lines of a zone. They take longer than everything else in the file: once per zone and year will do."""
    found = Timezone.from_tzid(zone_name, first_date=dt.date(year, 1, 1), last_date=dt.date(year + 2, 1, 1))
    return bytes(found.to_ical())


def _event(booking: Booking, portal_settings: PortalSettings, link: str, *, canceled: bool) -> Event:
    order = booking.work_order
    event = Event()
    event.add("uid", f"{booking.pk}@{settings.SITE_HOST}")
    event.add("sequence", booking.revision)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", zones.local(booking.start, booking.zone_name))
    event.add("dtend", zones.local(booking.end, booking.zone_name))
    service, company = one_line(order.incident_type.name, 100), one_line(portal_settings.company_name, 100)
    event.add("summary", _("%(service)s, %(company)s") % {"service": service, "company": company})
    event.add("location", one_line(order.site.address_line(), 300))
    event.add("status", "CANCELLED" if canceled else "CONFIRMED")
    if link:
        event.add("url", link)
    return event
