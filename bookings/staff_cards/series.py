"""The card for dispatchers about a repeating visit for which no technician is free."""

import datetime as dt

from django.conf import settings
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
    with translation.override(settings.LANGUAGE_CODE):
        when = zones.day(series.start_on(day), series.zone_name, settings.LANGUAGE_CODE)
        words = {"name": one_line(series.name, NAME_LENGTH), "day": when}
        account = one_line(series.account.name, NAME_LENGTH)
        page = reverse("admin:bookings_workorder_change", args=[order.pk])
        staff_cards.tell(
            SERIES_WAITS,
            dispatchers(),
            order,
            title=_("Nobody is free: %(name)s, %(day)s") % words,
            body=_("%(number)s, %(account)s. It waits to be planned.") % {"number": order.number, "account": account},
            icon_type=IconType.WARNING,
            actions=buttons((_("See the work order"), page)),
        )
