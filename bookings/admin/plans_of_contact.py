"""What one contact will be told: their next visits, with the plan of each."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.safestring import SafeString

from bookings.admin.plans import ShownPlan, shown
from bookings.messages import queue
from bookings.models import Booking
from bookings.plan import plan_each
from fsportal.lib.keys_first import keys_first
from fsportal.models import Contact, PortalSettings
from fsportal.settings_area.parts import record_link, site_when

SHOWN = 3


@dataclass(frozen=True)
class UpcomingPlans:
    visits: list[tuple[SafeString, ShownPlan]]
    more: int


def upcoming_plans(contact: Contact) -> UpcomingPlans:
    """Return the next visits of which this contact is told."""
    now = timezone.now()
    bookings = queue.told_to(contact, Booking.objects.upcoming(now), PortalSettings.load())
    plans = plan_each(keys_first(bookings.with_visit().order_by("start")[:SHOWN]), now)
    shown_plans = [
        (
            record_link(one.booking, site_when(one.booking.start, one.booking.end, one.booking.zone_name)),
            shown(one, now),
        )
        for one in plans
    ]
    return UpcomingPlans(shown_plans, max(0, bookings.count() - SHOWN))
