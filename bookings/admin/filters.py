"""Filters of the lists of bookings and of their codes."""

import datetime as dt

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Booking, BookingStatus
from bookings.models.codes import LIVES_ON_FOR
from bookings.models.status import FINAL, OPEN
from fsportal.settings_area.company_zone import midnight
from fsportal.settings_area.filters import Choices, choice_filter


def _times() -> Choices:
    now, is_open = timezone.now(), OPEN
    today, tomorrow = (midnight(timezone.localdate(now) + dt.timedelta(days=number)) for number in range(2))
    return {
        "": (_("To do"), is_open),
        "late": (_("Late"), Q(status=BookingStatus.SCHEDULED, start__lte=now)),
        "today": (
            _("Today"),
            is_open & Q(start__gte=today, start__lt=tomorrow),
        ),
        "day": (_("Next 24 hours"), is_open & Q(start__range=(now, now + dt.timedelta(days=1)))),
        "week": (_("Next 7 days"), is_open & Q(start__range=(now, now + dt.timedelta(days=7)))),
        "over": (
            _("Completed or canceled"),
            lambda bookings, _request: bookings.filter(status__in=FINAL).order_by("-start"),
        ),
        "all": (_("All"), Q()),
    }


def _code_states() -> Choices:
    now = timezone.now()
    by_itself = Q(visit_ends__gt=now - LIVES_ON_FOR) | Q(extended_until__gt=now)
    alive = Q(expires_at__gt=now) | Q(expires_at=None) & by_itself
    # Asked for each code, the newest first, until there are enough: joined, SQLite with statistics reads all bookings.
    end = Subquery(Booking.objects.filter(pk=OuterRef("booking")).order_by().values("end"))
    return {
        "working": (
            _("Working"),
            lambda codes, _request: codes.alias(visit_ends=end).filter(alive, blocked_at=None),
        ),
        "expired": (_("Expired"), lambda codes, _request: codes.alias(visit_ends=end).exclude(alive)),
        "blocked": (_("Blocked"), Q(blocked_at__isnull=False)),
        "unopened": (_("Never opened"), Q(first_opened_at=None)),
    }


WhenFilter = choice_filter(gettext_lazy("when"), "when", _times)
#: `is_told` is the list's own annotation.
ToldFilter = choice_filter(
    gettext_lazy("told of the time"),
    "told",
    # Nobody asks whether a time that has passed was told, and it takes long to find out.
    {"yes": (gettext_lazy("Told"), Q(is_told=True)), "no": (gettext_lazy("Not told"), OPEN & Q(is_told=False))},
)
CodeStateFilter = choice_filter(gettext_lazy("state"), "state", _code_states)
