"""What a calendar feed holds (RFC 5545): visits and absences, of some weeks back and some months ahead.

Canceled visits are left out: calendars drop from a subscription what it does not hold any more.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from icalendar.parser import escape_char

from bookings.messages.calendar import as_lines, local_time, timezone_lines
from bookings.models import Absence, Booking, BookingChange, BookingStatus, CalendarFeed, Resource
from fsportal.lib import phones, zones
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings

DAY = dt.timedelta(days=1)
BEFORE, AHEAD = 14 * DAY, 90 * DAY
#: Rows of a feed; a team with more than twenty visits on each day has them cut off at the far end.
MOST = 2000
#: How often calendars should ask again. Most ask less often, whatever a feed says.
REFRESH = "PT15M"


def contents(feed: CalendarFeed, now: dt.datetime) -> bytes:
    """Return the .ics bytes; the same as before if nothing has changed. Three statements."""
    visits, absences = list(_visits(feed, now)), list(_absences(feed, now))
    name = one_line(str(feed), 100)
    # The settings have the company's name.
    portal_settings = PortalSettings.load()
    company = one_line(portal_settings.company_name, 100)
    title = escape_char(_("%(name)s, %(company)s") % {"name": name, "company": company})
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Field Service Portal//EN",
        "METHOD:PUBLISH",
        f"NAME:{title}",
        f"X-WR-CALNAME:{title}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    year = (now - BEFORE).year
    own = {one.resource_id: one.resource.time_zone or portal_settings.time_zone for one in absences}
    zone_names = {zones.shown(name) for name in (*(visit.zone_name for visit in visits), *own.values())}
    named = b"".join(timezone_lines(name, year) for name in sorted(zone_names))
    events = [line for visit in visits for line in _visit(visit, feed)]
    away = [line for absence in absences for line in _absence(absence, own[absence.resource_id], feed)]
    return as_lines(head) + named + as_lines([*events, *away, "END:VCALENDAR"])


def _resources(feed: CalendarFeed) -> QuerySet[Resource]:
    return Resource.objects.filter(pk=feed.resource_id) if feed.resource_id else Resource.objects.filter(team=feed.team)


def _visits(feed: CalendarFeed, now: dt.datetime) -> Iterable[Booking]:
    changed = BookingChange.objects.filter(booking=OuterRef("pk"), revision=OuterRef("revision"))
    found = Booking.objects.filter(resource__in=_resources(feed), start__gt=now - BEFORE, start__lt=now + AHEAD)
    found = found.exclude(status=BookingStatus.CANCELED).annotate(changed_at=Subquery(changed.values("at")[:1]))
    related = (
        "resource",
        "work_order__account__primary_contact",
        "work_order__incident_type",
        "work_order__reported_by",
    )
    return found.select_related(*related).order_by("start", "pk")[:MOST]


def _absences(feed: CalendarFeed, now: dt.datetime) -> Iterable[Absence]:
    found = Absence.objects.filter(resource__in=_resources(feed), end__gt=now - BEFORE, start__lt=now + AHEAD)
    return found.select_related("resource").order_by("start", "pk")[:MOST]


# --- Events -----------------------------------------------------------------------------------------------------------
def _visit(visit: Booking, feed: CalendarFeed) -> Iterator[str]:
    order, zone_name = visit.work_order, zones.shown(visit.zone_name)
    parts = [order.account.name, order.incident_type.name]
    summary = ", ".join(one_line(part, 100) for part in ([visit.resource.name] if feed.team_id else []) + parts)
    yield "BEGIN:VEVENT"
    yield f"SUMMARY:{escape_char(summary)}"
    yield f"DTSTART{local_time(visit.start, zone_name)}"
    yield f"DTEND{local_time(visit.end, zone_name)}"
    yield from _marks(f"{visit.pk}@{settings.SITE_HOST}", visit.changed_at or visit.created_at)  # type: ignore[attr-defined]
    yield f"SEQUENCE:{visit.revision}"
    yield f"LOCATION:{escape_char(one_line(order.site.address_line(), 300))}"
    if order.site.coordinates is not None:
        yield "GEO:{:.6f};{:.6f}".format(*order.site.coordinates)
    yield f"DESCRIPTION:{escape_char(_description(visit, feed))}"
    yield "STATUS:CONFIRMED"
    yield "END:VEVENT"


def _description(visit: Booking, feed: CalendarFeed) -> str:
    order = visit.work_order
    lines = [order.number]
    if visit.window is not None and visit.window.until is not None:
        window = zones.clocks(visit.window.start, visit.window.until, visit.zone_name, settings.LANGUAGE_CODE)
        lines.append(_("The customer was told: %(window)s") % {"window": window})
    if feed.has_details:
        people = (order.reported_by, order.account.primary_contact)
        whom = next((person for person in people if person and person.mobile_phone), None)
        lines += [f"{one_line(whom.name, 100)}, {phones.display(whom.mobile_phone)}"] if whom else []
        lines += [order.notes.strip()[:1000]] if order.notes.strip() else []
    return "\n".join(lines)


def _absence(absence: Absence, zone_name: str, feed: CalendarFeed) -> Iterator[str]:
    """Say that somebody is away, and not why: that may be a matter of health."""
    start, end = (zones.local(moment, zone_name) for moment in (absence.start, absence.end))
    words = {"name": one_line(absence.resource.name, 100)}
    summary = _("Absent: %(name)s") % words if feed.team_id else _("Absent")
    yield "BEGIN:VEVENT"
    yield f"SUMMARY:{escape_char(summary)}"
    if start.time() == end.time() == dt.time():
        yield f"DTSTART;VALUE=DATE:{start:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{end:%Y%m%d}"
    else:
        yield f"DTSTART{local_time(absence.start, zone_name)}"
        yield f"DTEND{local_time(absence.end, zone_name)}"
    yield from _marks(f"{absence.pk}@{settings.SITE_HOST}", absence.created_at)
    yield "END:VEVENT"


def _marks(uid: str, changed_at: dt.datetime) -> list[str]:
    """Return the name by which a calendar knows an event again, and since when it is as it is."""
    stamp = f"{changed_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    return [f"UID:{uid}", f"DTSTAMP:{stamp}", f"LAST-MODIFIED:{stamp}"]
