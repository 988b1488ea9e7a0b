"""The columns in which a booking stores its technician's arrival. Nothing here asks a routing engine."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import eta
from fsportal.lib.rounding import rounded_up

#: Nobody sets off to a visit that is farther away.
FARTHEST = dt.timedelta(hours=16)
#: What the worker runs to ask the routing engines.
TASK = "bookings.tasks.work_out_arrivals"
#: The source of an arrival time that the technician gave.
SAID = "technician"


class OnTheWay(models.Model):
    """The columns themselves, as fields of a booking."""

    set_off_at = models.DateTimeField(_("set off"), null=True, editable=False)
    arrival_earliest = models.DateTimeField(_("arrival, earliest"), null=True, editable=False)
    arrival_latest = models.DateTimeField(_("arrival, latest"), null=True, editable=False)
    arrival_source = models.CharField(_("arrival, source"), max_length=20, blank=True, editable=False)
    arrival_at = models.DateTimeField(_("arrival, computed"), null=True, editable=False)
    arrival_metres = models.PositiveIntegerField(_("way to go, metres"), null=True, editable=False)
    #: The earliest arrival before the technician said that they run late; saying it again counts from here.
    arrival_unsaid = models.DateTimeField(null=True, editable=False)
    #: The routing engine has not answered yet: the arrival is still the estimate.
    arrival_due = models.BooleanField(default=False, editable=False)
    #: When dispatchers were told that this visit will begin late, since the technician set off.
    late_alert_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


def estimated(trip: eta.Trip | None) -> dict[str, Any]:
    return stored(ahead(eta.estimate(trip), timezone.now()) if trip else None)


def ahead(arrival: eta.Arrival, now: dt.datetime) -> eta.Arrival | None:
    """Return the arrival if it can still come true; None if it has passed, as after a tap that comes in late.

    None also if the drive is too long to be true: one of the two places is wrong.
    """
    return arrival if now < arrival.latest < now + FARTHEST else None


def stored(arrival: eta.Arrival | None) -> dict[str, Any]:
    """Return an arrival as a booking stores it; None clears what was stored."""
    return {
        "arrival_earliest": arrival.earliest if arrival else None,
        "arrival_latest": arrival.latest if arrival else None,
        "arrival_source": arrival.source if arrival else "",
        "arrival_at": arrival.computed_at if arrival else None,
        "arrival_metres": round(arrival.metres) if arrival else None,
    }


def put_off(
    expected: tuple[dt.datetime, dt.datetime], unsaid: dt.datetime | None, by: dt.timedelta, said_at: dt.datetime
) -> dict[str, Any]:
    """Return the arrival (earliest, latest) of a technician who says at `said_at` (aware) that they are later `by`.

    Counted from the earliest arrival before they said anything (`unsaid`), so that saying it twice changes nothing;
    once that has passed, from `said_at`.
    """
    earliest, latest = expected
    unsaid = unsaid or earliest
    said = rounded_up(max(unsaid, said_at) + by)
    return {
        "arrival_earliest": said,
        "arrival_latest": rounded_up(said + (latest - earliest)),
        "arrival_source": SAID,
        "arrival_due": False,
        "arrival_unsaid": unsaid,
    }
