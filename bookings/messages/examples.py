"""Visits with which the words of a message are looked at: which ones, and as what they are shown.

The message may be about something that has not happened to the visit, so it is pretended. Nothing is saved.
"""

import datetime as dt
import uuid
from copy import copy

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.messages.told import BOOKED, Said
from bookings.models import Booking, BookingNotificationCode, BookingStatus, IncidentType, Resource, WorkOrder
from fsportal.lib import zones
from fsportal.models import Account, Contact, PortalSettings
from fsportal.settings_area.search import narrowed, words_of

MOST = 12
#: The key of a visit that does not exist.
MADE_UP = "made-up"
MADE_UP_VISIT = gettext_lazy("A visit that is made up")
ARRIVAL_TAKES = dt.timedelta(minutes=20)
WHERE = ("#work_order__number", "work_order__account__name", "work_order__reported_by__name", "resource__name")


def visits(search: str, now: dt.datetime) -> list[Booking]:
    """Return the next visits that are not canceled, and if those are few, the latest before them."""
    wanted: QuerySet[Booking] = Booking.objects.with_visit()
    if words := words_of(search):
        wanted = narrowed(wanted, WHERE, words)
    coming = list(wanted.filter(start__gte=now).exclude(status=BookingStatus.CANCELED).order_by("start")[:MOST])
    return coming + list(wanted.filter(start__lt=now).order_by("-start")[: MOST - len(coming)])


def visit(key: str, portal_settings: PortalSettings, now: dt.datetime) -> Booking | None:
    """Return the visit of a key, or None if it is gone."""
    if key == MADE_UP:
        return made_up(portal_settings, now)
    try:
        return Booking.objects.with_visit().filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None


def made_up(portal_settings: PortalSettings, now: dt.datetime) -> Booking:
    """Return a visit of nobody, in two days at ten: a company writes its words before it has any."""
    zone = portal_settings.time_zone
    account = Account(name=_("Example Ltd"), street=_("12 Rose Lane"), time_zone=zone)
    order = WorkOrder(
        number="WO-00042", account=account, incident_type=IncidentType(name=_("Boiler service")), time_zone=zone
    )
    day = zones.local(now, zone).date() + dt.timedelta(days=2)
    start = dt.datetime.combine(day, dt.time(10), tzinfo=zones.zone(zone))
    resource = Resource(name=_("Omar Haddad"), time_zone=zone)
    return Booking(work_order=order, resource=resource, start=start, end=start + dt.timedelta(hours=1))


def name_of(booking: Booking) -> str:
    order, language = booking.work_order, zones.supported_language(translation.get_language() or "en")
    when = zones.moment(booking.start, booking.zone_name, language)
    return f"{when} · {order.account.name} · {order.incident_type.name} · {order.number}"


def stand_in(contact: Contact | None) -> Contact:
    """Return somebody like this contact whom nobody knows: no link with their id does anything."""
    somebody = copy(contact) if contact else Contact(name=_("Anna Example"))
    somebody.pk = uuid.uuid4()
    return somebody


def dead_link() -> str:
    """Return a link that opens nothing and is as long as one that does, so that texts are as long as they will be."""
    code = BookingNotificationCode().code
    return f"{settings.SITE_URL}/visit/{'x' * len(code)}/"


def said_start(booking: Booking, contact: Contact, earlier: dt.timedelta) -> Said:
    """Return that this contact was told another start."""
    told = booking.told_time
    return Said(
        *(uuid.uuid4(), booking.pk, BOOKED, "", contact.pk, "", 0, ""),
        is_being_sent=False,
        is_to_come=False,
        named_time=told.start + earlier,
        told_at=told.start + 2 * earlier,
        named_until=told.until + earlier if told.until else None,
    )


def pretend_status(booking: Booking, status: BookingStatus) -> None:
    booking.status = status


def pretend_arrival(booking: Booking) -> None:
    """Let somebody be on the way who arrives when the visit is to begin, unless somebody is."""
    if booking.status != BookingStatus.TRAVELING or booking.arrival_latest is None:
        booking.status = BookingStatus.TRAVELING
        booking.arrival_earliest, booking.arrival_latest = booking.start, booking.start + ARRIVAL_TAKES


def pretend_done(booking: Booking) -> None:
    """Let the work be done at the planned end, unless it is done."""
    booking.completed_at = booking.completed_at or booking.end
    booking.status = BookingStatus.COMPLETED
