"""The company's own settings: its time zone, and where its technicians start."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q

from bookings.models import Resource
from fsportal.management.doctor.finding import Finding, note, ok, wrong
from fsportal.models import PortalSettings

UTC = "UTC"


def name() -> Iterator[Finding]:
    """Yield a problem if messages wait for the company's name, and a note if they would."""
    to_do = "Write it in Customer Portal > Settings, Display: emails and texts come from it."
    portal_settings = PortalSettings.load()
    if not portal_settings.is_unnamed:
        yield ok("company name", f"Messages come from {portal_settings.company_name}.")
    elif settings.DELIVERY_MODE == "live":
        yield wrong("company name", "The company has no name yet, so customers get no messages.", to_do)
    else:
        yield note("company name", "The company has no name yet; live delivery waits for one.", to_do)


def zone() -> Iterator[Finding]:
    """Yield a note if the zone was never set: it is UTC, and every active technician is elsewhere."""
    name = PortalSettings.load().time_zone
    active = Resource.objects.filter(is_active=True).exclude(time_zone="")
    technicians = set(active.values_list("time_zone", flat=True))
    if name == UTC and technicians and UTC not in technicians:
        says = f"The company's is UTC, and no technician is there ({', '.join(sorted(technicians)[:3])})."
        yield note("time zone", says, "Choose it in Customer Portal > Settings: days and times of staff are by it.")
    else:
        yield ok("time zone", f"Days and times of staff are in {name}.")


def technicians() -> Iterator[Finding]:
    """Yield a note if customers book by themselves, and some technicians are never offered to them."""
    if not PortalSettings.load().self_scheduling:
        return
    unknown = Q(start_latitude=None) | Q(start_longitude=None) | Q(time_zone="")
    names = list(Resource.objects.filter(unknown, is_active=True).order_by("name").values_list("name", flat=True)[:4])
    if names:
        says = f"Without a start place or a time zone, so never offered to customers: {', '.join(names[:3])}"
        yield note(
            "technicians", f"{says}{' and others' if names[3:] else ''}.", "Write both on the technician's page."
        )
    else:
        yield ok("technicians", "All have a start place and a time zone, so customers can be offered their times.")
