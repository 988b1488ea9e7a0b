"""Words and buttons that the cards share, in the active language."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Booking, WorkOrder
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import Contact

NAME_LENGTH = 60


def name_of(contact: Contact | None) -> str:
    return one_line(contact.name, NAME_LENGTH) if contact else _("A customer")


def visit_words(booking: Booking) -> str:
    """Return service and time, in the zone of the site and with its name."""
    when = zones.when(booking.start, booking.end, booking.zone_name, translation.get_language() or "en")
    return f"{one_line(booking.work_order.incident_type.name, NAME_LENGTH)}, {when}"


def details_of(booking: Booking) -> str:
    """Return number, account and place, as far as they are known."""
    order = booking.work_order
    parts = (order.number, one_line(order.account.name, NAME_LENGTH), order.site.address_line()[:150])
    return ", ".join(part for part in parts if part)


def to_visit(booking: Booking) -> tuple[str, str]:
    return _("See the visit"), f"?pagetype=entityrecord&etn=bookableresourcebooking&id={booking.pk}"


def to_work_order(order: WorkOrder) -> tuple[str, str]:
    return _("Plan a visit"), f"?pagetype=entityrecord&etn=msdyn_workorder&id={order.pk}"


def to_call(contact: Contact | None) -> tuple[str, str] | None:
    """Return the button that calls a customer; None without a number."""
    if contact is None or not contact.mobile_phone:
        return None
    return _("Call %(name)s") % {"name": name_of(contact)}, f"tel:{contact.mobile_phone}"


def buttons(*wanted: tuple[str, str] | None) -> dict[str, Any]:
    return {"actions": [{"title": title, "data": {"url": url}} for title, url in filter(None, wanted)]}
