"""The company's own settings: its time zone."""

from collections.abc import Iterator

from bookings.models import Resource
from fsportal.management.doctor.finding import Finding, note, ok
from fsportal.models import PortalSettings

UTC = "UTC"


def zone() -> Iterator[Finding]:
    """Yield a note if the zone was never set: it is UTC, and every active technician is elsewhere."""
    name = PortalSettings.load().time_zone
    technicians = set(Resource.objects.filter(is_active=True).values_list("time_zone", flat=True))
    if name == UTC and technicians and UTC not in technicians:
        says = f"The company's is UTC, and no technician is there ({', '.join(sorted(technicians)[:3])})."
        yield note("time zone", says, "Choose it in Customer Portal > Settings: days and times of staff are by it.")
    else:
        yield ok("time zone", f"Days and times of staff are in {name}.")
