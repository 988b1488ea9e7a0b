"""The visit as a calendar file (RFC 5545): a stable UID and a SEQUENCE that grows with every change.

Its few lines are written here, because the classes of icalendar take six times as long; escaping, folding and zones are
icalendar's.
"""

import datetime as dt
from functools import lru_cache

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Timezone
from icalendar.parser import escape_char, foldline

from bookings.models import Booking, BookingStatus
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings


def visit_calendar(booking: Booking, portal_settings: PortalSettings, language: str, link: str = "") -> bytes:
    """Return the .ics bytes, in the site's zone; a canceled visit takes itself out of the calendar (METHOD:CANCEL)."""
    canceled = booking.status == BookingStatus.CANCELED
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Field Service Portal//EN",
        f"METHOD:{'CANCEL' if canceled else 'PUBLISH'}",
    ]
    zone = timezone_lines(booking.zone_name, zones.local(booking.start, booking.zone_name).year)
    return (
        as_lines(head) + zone + as_lines([*_event(booking, portal_settings, link, canceled=canceled), "END:VCALENDAR"])
    )


@lru_cache(maxsize=512)
def timezone_lines(zone_name: str, year: int) -> bytes:
    """Return the lines of a zone. They take longer than everything else in the file: once per zone and year will do."""
    found = Timezone.from_tzid(zone_name, first_date=dt.date(year, 1, 1), last_date=dt.date(year + 2, 1, 1))
    return bytes(found.to_ical())


def _event(booking: Booking, portal_settings: PortalSettings, link: str, *, canceled: bool) -> list[str]:
    # With an arrival window the entry is the window: when the work ends nobody can say.
    order, told = booking.work_order, booking.told_time
    service, company = one_line(order.incident_type.local_name, 100), one_line(portal_settings.company_name, 100)
    summary = _("%(service)s, %(company)s") % {"service": service, "company": company}
    return [
        "BEGIN:VEVENT",
        f"SUMMARY:{escape_char(summary)}",
        f"DTSTART{local_time(told.start, booking.zone_name)}",
        f"DTEND{local_time(told.until or booking.end, booking.zone_name)}",
        f"DTSTAMP:{timezone.now():%Y%m%dT%H%M%SZ}",
        f"UID:{booking.pk}@{settings.SITE_HOST}",
        f"SEQUENCE:{booking.revision}",
        f"LOCATION:{escape_char(one_line(order.site.line_for_customers(portal_settings.home_country), 300))}",
        f"STATUS:{'CANCELLED' if canceled else 'CONFIRMED'}",
        *([f"URL:{link}"] if link else []),
        "END:VEVENT",
    ]


def local_time(moment: dt.datetime, zone_name: str) -> str:
    """Return a time behind the name of its property, with the zone by the name that the file defines."""
    wall = zones.local(moment, zone_name)
    if wall.tzname() == "UTC":
        return f":{wall:%Y%m%dT%H%M%SZ}"
    return f";TZID={zone_name}:{wall:%Y%m%dT%H%M%S}"


def as_lines(lines: list[str]) -> bytes:
    return "".join(f"{foldline(line)}\r\n" for line in lines).encode()
