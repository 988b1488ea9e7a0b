"""The card for dispatchers about a repeating visit for which no technician is free."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Series, WorkOrder
from bookings.staff_cards.kinds import SERIES_WAITS, dispatchers
from bookings.staff_cards.texts import NAME_LENGTH, buttons
from fsportal.lib import zones
from fsportal.lib.text import one_line
from notifications.inapp import staff_cards
from notifications.models import IconType


def series_waits(series: Series, order: WorkOrder, day: dt.date) -> None:
    account = one_line(series.account.name, NAME_LENGTH)
    page = reverse("admin:bookings_workorder_change", args=[order.pk])

    def words() -> dict[str, Any]:
        when = zones.day(series.start_on(day), series.zone_name, translation.get_language() or "en")
        name = one_line(series.name, NAME_LENGTH)
        return {
            "title": _("Nobody is free: %(name)s, %(day)s") % {"name": name, "day": when},
            "body": _("%(number)s, %(account)s. It waits to be planned.")
            % {"number": order.number, "account": account},
            "icon_type": IconType.WARNING,
            "actions": buttons((_("See the work order"), page)),
        }

    staff_cards.tell(SERIES_WAITS, dispatchers(), order, words)
