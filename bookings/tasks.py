"""The tasks of this app that the worker runs. Harmless when run twice."""

from django.utils import timezone

from bookings import arrival_updates, bulk
from bookings.confirming import unanswered
from bookings.geocoding import places as geocoding_places
from bookings.messages import reminders
from bookings.models.positions import forget_positions as forget
from bookings.reports import counting
from bookings.series import making
from fsportal.lib import worker_wakeup, zones
from fsportal.lib.chunks import Budget
from fsportal.models import PortalSettings
from notifications import message_counts

#: What the worker runs to count for the reports, and for how many seconds; then others have their turn.
COUNTING, COUNTING_BUDGET = "bookings.tasks.count_for_reports", 4.0


def sweep_if_due() -> str:
    """Queue the reminders that are due, and announce what was booked inside a lead time. Called every minute.

    Dispatchers are told of visits that nobody has confirmed.
    """
    now = timezone.now()
    unanswered.tell_of_unanswered(now)
    return str(reminders.look(now))


def work_out_arrivals() -> str:
    """Ask the routing engines for the arrivals that are due. Called every minute, and when somebody sets off.

    Dispatchers are first told of visits that should have begun, since engines take their time.
    """
    arrival_updates.tell_of_missed(timezone.now())
    return f"{arrival_updates.work_out()} arrivals worked out"


def find_places() -> str:
    """Ask the geocoders for addresses without coordinates. Called every minute, for less than that."""
    return f"{geocoding_places.find_places()} places found"


def forget_positions() -> str:
    """Delete technicians' positions that have been kept for as long as the settings say."""
    return f"{forget(timezone.now(), PortalSettings.load().positions_kept_hours)} positions deleted"


def go_on_with_bulk_changes() -> str:
    """Go on with what was asked for many bookings. Called every minute, and when somebody asks."""
    return f"{bulk.go_on()} rows done"


def make_repeating_visits() -> str:
    """Make the visits of the series that lie within the next weeks. Called every ten minutes, and for a new series."""
    return f"{making.make_due(timezone.now())} repeating visits made"


def count_for_reports() -> str:
    """Keep the numbers of the days that are over. Called every hour, and again at once while some are missing."""
    worker_wakeup.woken(COUNTING)
    now = timezone.now()
    with timezone.override(zones.shown(PortalSettings.load().time_zone)):
        # Each has a budget of its own, so that neither waits for the other.
        complete = [keep(now, Budget(COUNTING_BUDGET)) for keep in (counting.keep_due, message_counts.keep_due)]
    if not all(complete):
        worker_wakeup.wake(COUNTING, group="reports")
    return "all days counted" if all(complete) else "some days are still to be counted"
