"""The visits of a record on its page in the Settings area: what is ahead, what was last, and what changed."""

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bookings.admin.timeline import OF_CHANGE, STATUS_TONES, changed
from bookings.models import Booking, BookingChange, BookingStatus, Resource
from bookings.models.booking import BookingQuerySet
from bookings.models.status import FINAL
from fsportal.lib import zones
from fsportal.lib.choice_labels import choice_label
from fsportal.lib.keys_first import keys_first
from fsportal.lib.text import one_line
from fsportal.settings_area.parts import ATTENTION, change_url, dot, list_link, record_link, site_when
from fsportal.settings_area.record_page import NextStep, Related, Row
from fsportal.settings_area.story import Entry, Source

AHEAD, LAST = 5, 5
NAME_LIMIT = 60
#: Who may see visits in the Settings area.
MAY_SEE = "bookings.view_booking"


def status_dot(booking: Booking) -> SafeString:
    if booking.status == BookingStatus.SCHEDULED and booking.told_time.latest <= timezone.now():
        return dot(_("Late"), ATTENTION)
    return dot(choice_label(booking, "status"), STATUS_TONES[BookingStatus(booking.status)])


def ahead(bookings: BookingQuerySet, now: dt.datetime) -> BookingQuerySet:
    """Return those that are to come or under way, the next one first."""
    return bookings.active().filter(end__gt=now).order_by("start", "pk")


def last(bookings: BookingQuerySet, now: dt.datetime) -> BookingQuerySet:
    """Return those that began, and are over in time or by what was said of them, the latest first."""
    return bookings.filter(Q(end__lte=now) | Q(status__in=FINAL), start__lte=now).order_by("-start", "-pk")


def visits_beside(bookings: BookingQuerySet, now: dt.datetime, in_list: Mapping[str, object]) -> list[Related]:
    """Return the next and the last visits. `in_list` is what the list is asked for to show all of them."""
    everything = [list_link("bookings.Booking", _("All visits"), when="all", **in_list)]
    return [
        Related(_("Next visits"), rows(ahead(bookings, now)[:AHEAD]), if_none=_("None.")),
        Related(_("Last visits"), rows(last(bookings, now)[:LAST]), everything),
    ]


def rows(bookings: BookingQuerySet, *, names_customer: bool = False) -> list[Row]:
    return [_row(booking, names_customer=names_customer) for booking in keys_first(bookings.with_visit())]


def _row(booking: Booking, *, names_customer: bool) -> Row:
    order = booking.work_order
    who = order.account.name if names_customer else booking.resource.name
    more = f"{one_line(order.incident_type.name, NAME_LIMIT)}, {one_line(who, NAME_LIMIT)}"
    when = site_when(booking.start, booking.end, booking.zone_name)
    return Row(record_link(booking, when), more, status_dot(booking))


def new_visit_step(request: HttpRequest, **known: object) -> list[NextStep]:
    """Return the button that books for a record, for those who may."""
    if not request.user.has_perm("bookings.add_booking"):
        return []
    return [NextStep(_("New visit"), f"{reverse('admin:new-visit')}?{urlencode(known)}")]


def on_day_of(moment: dt.datetime, zone_name: str) -> Q:
    """Return what visits of a moment's day are asked for, by the clock of a zone."""
    day = zones.local(moment, zone_name).date()
    first, end = (zones.midnight(one, zone_name) for one in (day, day + dt.timedelta(days=1)))
    return Q(start__gte=first, start__lt=end)


def changes_of(bookings: BookingQuerySet) -> Source:
    """Return what happened to visits, as entries that name the visit."""
    rows = BookingChange.objects.filter(booking__in=bookings.order_by().values("pk"))
    return Source(rows.select_related(*OF_CHANGE, "booking__work_order__account"), "at", _change)


def _change(change: BookingChange) -> Entry:
    booking = change.booking
    title = _("%(what)s: visit of %(when)s, %(number)s") % {
        "what": choice_label(change, "verb"),
        "when": site_when(booking.start, booking.end, booking.zone_name),
        "number": booking.work_order.number,
    }
    return changed(change, booking, title, change_url(booking))


def done_by(resource: Resource) -> Source:
    """Return the visits of a technician that began, by their start: a technician's visits are in no bigger index."""
    rows = Booking.objects.filter(resource=resource, start__lte=timezone.now()).with_visit()
    return Source(rows, "start", _visit)


def _visit(booking: Booking) -> Entry:
    title = _("Visit: %(state)s") % {"state": choice_label(booking, "status")}
    order = booking.work_order
    about = f"{one_line(order.account.name, NAME_LIMIT)}, {one_line(order.incident_type.name, NAME_LIMIT)}"
    when = site_when(booking.start, booking.end, booking.zone_name)
    return Entry(
        booking.start, when, STATUS_TONES[BookingStatus(booking.status)], title, "", [about], change_url(booking)
    )
