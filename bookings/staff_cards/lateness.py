"""Cards for dispatchers about visits that will begin late."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.models.status import BookingStatus
from bookings.staff_cards.kinds import LATE, dispatchers
from bookings.staff_cards.texts import NAME_LENGTH, buttons, details_of, to_call, to_visit, visit_words
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings
from notifications.inapp import staff_cards
from notifications.models import IconType, Priority


def if_late(booking: Booking) -> None:
    """Tell dispatchers if the visit, by its own arrival or expected start, begins later than the settings allow."""
    earliest, latest = booking.arrival_earliest, booking.arrival_latest
    expected = booking.expected_start
    if expected is None and earliest is not None and latest is not None:
        expected = earliest + (latest - earliest) / 2
    slip = dt.timedelta(minutes=PortalSettings.load().slip_minutes)
    if expected is not None and expected > booking.told_time.latest + slip:
        will_be_late(booking, expected)


def will_be_late(booking: Booking, expected: dt.datetime) -> None:
    """Tell dispatchers that a visit will begin well after its start.

    Once per journey, and once more per *Running late*.
    """
    _tell(booking, lambda: _("%(technician)s arrives about %(when)s.") % _who_and_when(booking, expected))


def is_missed(booking: Booking) -> None:
    """Tell dispatchers, once, of a visit that should have begun and of which the technician says nothing."""
    expected = booking.arrival_latest if booking.status == BookingStatus.TRAVELING else None

    def said() -> str:
        if expected is None:
            return _("Nobody has set off.")
        words = _("%(technician)s was expected until %(when)s and has not said to be there.")
        return words % _who_and_when(booking, expected)

    _tell(booking, said)


def _who_and_when(booking: Booking, moment: dt.datetime) -> dict[str, str]:
    return {
        "technician": one_line(booking.resource.name, NAME_LENGTH),
        "when": zones.moment(moment, booking.zone_name, translation.get_language() or "en", now=timezone.now()),
    }


def _tell(booking: Booking, said: Callable[[], str]) -> None:
    contact = booking.work_order.reported_by or booking.work_order.account.primary_contact

    def words() -> dict[str, Any]:
        return {
            "title": (_("Will begin late: %(visit)s") % {"visit": visit_words(booking)})[:256],
            "body": f"{said()} {details_of(booking)}"[:500],
            "priority": Priority.HIGH,
            "icon_type": IconType.WARNING,
            "actions": buttons(to_call(contact), to_visit(booking)),
        }

    untold = type(booking).objects.filter(pk=booking.pk, late_alert_at=None)
    if untold.update(late_alert_at=timezone.now()):
        staff_cards.tell(LATE, dispatchers(), booking, words)
