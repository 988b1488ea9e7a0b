"""How a visit is called in the list of messages about it."""

import uuid
from collections.abc import Collection

from bookings.models import Booking
from fsportal.lib.text import one_line
from fsportal.settings_area.parts import site_moment
from notifications.customers.naming import SubjectName


def visit_names(keys: Collection[uuid.UUID]) -> dict[uuid.UUID, SubjectName]:
    return {booking.pk: _name(booking) for booking in Booking.objects.with_visit().filter(pk__in=keys)}


def _name(booking: Booking) -> SubjectName:
    order = booking.work_order
    # The account comes last, where a narrow column is cut: the row has its contact already.
    when = site_moment(booking.start, booking.zone_name)
    return SubjectName(f"{order.number}, {when}", one_line(order.account.name, 60))
