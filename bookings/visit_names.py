"""How a visit is called in the list of messages about it."""

import uuid
from collections.abc import Collection

from bookings.models import Booking
from fsportal.lib.text import one_line
from fsportal.settings_area.parts import site_when
from notifications.customers.naming import SubjectName


def visit_names(keys: Collection[uuid.UUID]) -> dict[uuid.UUID, SubjectName]:
    return {booking.pk: _name(booking) for booking in Booking.objects.with_visit().filter(pk__in=keys)}


def _name(booking: Booking) -> SubjectName:
    order = booking.work_order
    when = site_when(booking.start, booking.end, booking.zone_name)
    return SubjectName(f"{order.number}, {one_line(order.account.name, 60)}", when)
