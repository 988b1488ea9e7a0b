"""The visit as a calendar file (RFC 5545): a stable UID and a SEQUENCE that grows with every change."""

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from bookings.models import Booking, BookingStatus
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings


def visit_calendar(booking: Booking, portal: PortalSettings, language: str, link: str = "") -> bytes:
    """Return the .ics bytes, in the site's zone; a canceled visit takes itself out of the calendar (METHOD:CANCEL)."""
    canceled = booking.status == BookingStatus.CANCELED
    calendar = Calendar()
    calendar.add("prodid", "-//Field Service Portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if canceled else "PUBLISH")
    calendar.add_component(_event(booking, portal, link, canceled=canceled))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(booking: Booking, portal: PortalSettings, link: str, *, canceled: bool) -> Event:
    order = booking.work_order
    event = Event()
    event.add("uid", f"{booking.pk}@{settings.SITE_HOST}")
    event.add("sequence", booking.revision)
    event.add("dtstamp", booking.changes.latest("revision").at if booking.changes.exists() else booking.created_at)
    event.add("dtstart", zones.local(booking.start, booking.zone_name))
    event.add("dtend", zones.local(booking.end, booking.zone_name))
    service, company = one_line(order.incident_type.name, 100), one_line(portal.company_name, 100)
    event.add("summary", _("%(service)s, %(company)s") % {"service": service, "company": company})
    event.add("location", one_line(order.site.address_line(), 300))
    event.add("status", "CANCELLED" if canceled else "CONFIRMED")
    if link:
        event.add("url", link)
    return event
