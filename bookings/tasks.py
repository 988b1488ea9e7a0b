"""The tasks of this app that the worker runs. Harmless when run twice."""

from django.utils import timezone

from bookings import arrival_updates, bulk
from bookings.confirming import unanswered
from bookings.geocoding import places as geocoding_places
from bookings.messages import reminders
from bookings.models.positions import forget_positions as forget
from bookings.series import making
from fsportal.models import PortalSettings


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
