"""What a completed or canceled visit goes back to when somebody reopens it."""

from typing import Any

from bookings.models import arrival
from bookings.models.confirmation import AFRESH
from bookings.models.status import BookingStatus


def values(booking: Any) -> dict[str, Any]:
    """Return what changes: work that had begun is In Progress again, every other visit is Scheduled.

    Nobody is on the way to a visit that is Scheduled, so nothing is left of an arrival. Its start may have passed: then
    it is late, like any other that nobody has set off to.
    """
    goes_back_to = back_to(booking)
    changed: dict[str, Any] = {"status": goes_back_to, "completed_at": None, "late_alert_at": None}
    if goes_back_to == BookingStatus.SCHEDULED:
        changed |= {"expected_start": None, "set_off_at": None, "arrival_due": False, "arrival_unsaid": None}
        changed |= arrival.stored(None) | AFRESH
    return changed


def back_to(booking: Any) -> BookingStatus:
    """Return the status that a completed or canceled visit goes back to."""
    began = booking.status == BookingStatus.COMPLETED and has_begun(booking)
    return BookingStatus.IN_PROGRESS if began else BookingStatus.SCHEDULED


def has_begun(booking: Any) -> bool:
    """Tell whether work has begun since the visit was last Scheduled."""
    began = booking.changes.filter(new_status=BookingStatus.IN_PROGRESS)
    scheduled = booking.changes.filter(new_status=BookingStatus.SCHEDULED).order_by("-revision")
    last = scheduled.values_list("revision", flat=True).first() or 0
    return bool(began.filter(revision__gt=last).exists())
