"""Bookings as a CSV file in the columns of the import, which finds such a file *unchanged*."""

import csv
from collections.abc import Iterator
from typing import Any, Protocol

from django.db.models import QuerySet

from bookings.models import Booking, BookingStatus
from bookings.schedule_files.cells import protect
from bookings.schedule_files.columns import NAMES
from fsportal.lib import zones

#: Numbers get no apostrophe: it would turn negative ones into text.
NUMBERS = {"latitude", "longitude"}
VISIT = (
    "resource",
    "work_order__account",
    "work_order__incident_type",
    "work_order__work_order_type",
    "work_order__reported_by",
)


class Writable(Protocol):
    def write(self, text: str, /) -> object: ...


def write_csv(bookings: "QuerySet[Booking]", stream: Writable) -> int:
    """Write bookings, with a byte order mark so that spreadsheets read it as UTF-8; return how many.

    Cells that begin like a formula get an apostrophe in front, which the import removes.
    """
    stream.write("\ufeff")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(NAMES)
    number = 0
    for booking in _in_chunks(bookings):
        number += 1
        cells = cells_of(booking)
        writer.writerow([cells[name] if name in NUMBERS else protect(cells[name]) for name in NAMES])
    return number


def _in_chunks(bookings: "QuerySet[Booking]") -> Iterator[Booking]:
    return bookings.select_related(*VISIT).iterator(chunk_size=2_000)


def cells_of(booking: Booking) -> dict[str, str]:
    """Return the text of every column for one booking; times are the site's, with their offset."""
    order, contact, window = booking.work_order, booking.work_order.reported_by, booking.window
    texts: dict[str, Any] = {
        # A booking made here has only its own id, by which the import finds it.
        "external_id": booking.external_id or booking.pk,
        "work_order": order.number,
        "account": order.account.name,
        "account_external_id": order.account.external_id,
        "address": order.street,
        "city": order.city,
        "postal_code": order.postal_code,
        "country": order.country,
        "latitude": order.latitude,
        "longitude": order.longitude,
        "time_zone": booking.zone_name,
        "contact_name": contact and contact.name,
        "contact_email": contact and contact.email,
        "contact_phone": contact and contact.mobile_phone,
        "language": contact and contact.language,
        "incident_type": order.incident_type.name,
        "work_order_type": order.work_order_type and order.work_order_type.name,
        "resource": booking.resource.name,
        "start": zones.local(booking.start, booking.zone_name).isoformat(),
        "end": zones.local(booking.end, booking.zone_name).isoformat(),
        "window_start": window and zones.local(window.start, booking.zone_name).isoformat(),
        "window_end": window and window.until and zones.local(window.until, booking.zone_name).isoformat(),
        "status": BookingStatus(booking.status).name.replace("_", " ").title(),
        "notes": order.notes,
    }
    return {name: "" if text is None else str(text) for name, text in texts.items()}
