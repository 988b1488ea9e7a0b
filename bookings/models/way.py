"""Where a technician comes from on the way to a visit."""

import datetime as dt
from typing import Any

from bookings import eta


def origin(booking: Any, now: dt.datetime) -> eta.Point | None:
    """Return where the technician sets off: the last fresh position, the visit before, or the start location."""
    if booking.resource.is_seen(now):
        seen: eta.Point | None = booking.resource.last_place
        return seen
    earlier = _visit_before(booking)
    place = earlier.work_order.site.coordinates if earlier else None
    start: eta.Point | None = place or booking.resource.start_place
    return start


def _visit_before(booking: Any) -> Any:
    same_day = {"start__lt": booking.start, "start__gt": booking.start - dt.timedelta(hours=12)}
    every = type(booking).objects
    others = every.active() | every.filter(completed_at__isnull=False)
    mine = others.filter(resource_id=booking.resource_id, **same_day).select_related("work_order__account")
    return mine.order_by("-start").first()
