"""Bookings > Repeating visits: the rule of each series, its next days, pausing and going on."""

import datetime as dt
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.admin.series_actions import PERMISSION, WEEKDAYS
from bookings.models import Booking, BookingStatus, Occurrence, Series
from bookings.models.series import Unit
from bookings.series import changing
from fsportal.lib import zones
from fsportal.settings_area.actions import RecordAction, refuse_unless
from fsportal.settings_area.parts import ATTENTION, GOOD, QUIET, change_url, dot, record_link, site_when
from fsportal.settings_area.record_page import Facts, RecordPage

#: Days that the record's page shows.
NEXT = 10


def _pause(request: HttpRequest, series: Series, data: dict[str, Any]) -> str:
    refuse_unless(changing.pause(series))
    return _("No more visits are made until it goes on. Those that were made stay.")


def _resume(request: HttpRequest, series: Series, data: dict[str, Any]) -> str:
    refuse_unless(changing.resume(series))
    return _("It goes on. Days that passed meanwhile are left out.")


ACTIONS = [
    RecordAction("pause", gettext_lazy("Pause"), _pause, PERMISSION, possible=lambda one: one.paused_at is None),
    RecordAction("resume", gettext_lazy("Go on"), _resume, PERMISSION, possible=lambda one: one.paused_at is not None),
]


def in_words(series: Series) -> str:
    """Return the rule in a sentence: "Every 2 weeks on Tuesday, Thursday, 10:00"."""
    language = translation.get_language() or "en"
    parts = [_every(series)]
    if series.unit == Unit.WEEK:
        days = series.weekdays or str(series.first_day.weekday())
        parts.append(_("on %(days)s") % {"days": ", ".join(str(WEEKDAYS[int(digit)][1]) for digit in days)})
    elif series.unit in (Unit.MONTH, Unit.YEAR):
        parts.append(_on_which(series))
    if series.season_days is not None:
        last = series.first_day + dt.timedelta(days=series.season_days - 1)
        parts.append(_("on any working day until %(day)s") % {"day": _day_of_year(last)})
    else:
        parts.append(zones.clock(series.start_on(series.first_day), series.zone_name, language))
    return ", ".join(parts)


def _every(series: Series) -> str:
    words = {
        Unit.DAY: ngettext("Every day", "Every %(count)d days", series.every),
        Unit.WEEK: ngettext("Every week", "Every %(count)d weeks", series.every),
        Unit.MONTH: ngettext("Every month", "Every %(count)d months", series.every),
        Unit.YEAR: ngettext("Every year", "Every %(count)d years", series.every),
    }[Unit(series.unit)]
    return words % {"count": series.every} if series.every > 1 else words


def _on_which(series: Series) -> str:
    day = series.first_day
    if series.on_nth_weekday:
        number = (day.day - 1) // 7
        names = [_("first"), _("second"), _("third"), _("fourth"), _("last")]
        words = _("on the %(number)s %(weekday)s") % {"number": names[number], "weekday": WEEKDAYS[day.weekday()][1]}
        month = _("of %(month)s") % {"month": _date(day, "MMMM")} if series.unit == Unit.YEAR else ""
        return f"{words} {month}".strip()
    if series.unit == Unit.YEAR:
        return _("from %(day)s") % {"day": _day_of_year(day)} if series.season_days else _day_of_year(day)
    return _("on day %(day)d of the month") % {"day": day.day}


def _day_of_year(day: dt.date) -> str:
    return _date(day, "MMMMd")


@dataclass(frozen=True)
class NextDay:
    day: str
    state: SafeString
    url: str


@admin.register(Series)
class SeriesAdmin(RecordPage):
    """Series are made from a booking's page, and change from there (bookings/admin/series_actions.py)."""

    may_add = may_change = may_delete = False
    change_form_template = "admin/series.html"
    record_actions = ACTIONS
    list_display = ["name", "state_dot", "account_link", "rule", "resource"]
    list_display_links = ["name"]
    list_select_related = ["account", "resource"]
    search_fields = ["name", "account__name"]
    ordering = ["-created_at"]
    list_per_page = 50

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: Series) -> SafeString:
        if record.until is not None and record.until < zones.local(timezone.now(), record.zone_name).date():
            return dot(_("Ended"), QUIET)
        return dot(_("Paused"), ATTENTION) if record.paused_at else dot(_("Repeats"), GOOD)

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: Series) -> SafeString:
        return record_link(record.account)

    @admin.display(description=gettext_lazy("when"))
    def rule(self, record: Series) -> str:
        return in_words(record)

    def page_title(self, record: Series) -> str:
        return record.name

    def facts(self, record: Series) -> Facts:
        rows: Facts = [
            (_("When"), in_words(record)),
            (_("From"), _date(record.first_day)),
            (_("Until"), _until(record)),
            (_("Holidays"), _("the next working day instead") if record.skips_holidays else ""),
            (_("Customer"), record_link(record.account)),
            (_("Messages go to"), record_link(record.contact) if record.contact else ""),
            (_("Service"), record.incident_type.name),
            (_("Where"), record.site.address_line()),
            (_("Technician"), record_link(record.resource) if record.resource else _("whoever is free")),
            (_("Notes for the technician"), record.notes),
            (_("Goes on from"), record_link(record.follows) if record.follows else ""),
        ]
        return [row for row in rows if row[1]]

    def details(self, request: HttpRequest, record: Series) -> dict[str, Any]:
        return {"next_days": _next_days(record), "followed_by": list(record.followed_by.all())}


def _date(day: dt.date, skeleton: str = "yMMMMd") -> str:
    return zones.date_words(day, skeleton, translation.get_language() or "en")


def _until(series: Series) -> str:
    if series.until:
        return _date(series.until)
    return _("%(count)d visits") % {"count": series.count} if series.count else _("no end")


def _next_days(series: Series) -> list[NextDay]:
    """Return the next days with what was made of them; two queries."""
    today = zones.local(timezone.now(), series.zone_name).date()
    days = list(islice(series.days(after=today - dt.timedelta(days=1)), NEXT))
    made = Occurrence.objects.filter(series=series, day__in=days)
    by_day = {one.day: one for one in made.select_related("work_order__account", "booking__work_order__account")}
    return [_next_day(day, by_day.get(day)) for day in days]


def _next_day(day: dt.date, made: Occurrence | None) -> NextDay:
    if made is None:
        return NextDay(_date(day), dot(_("Not made yet"), QUIET), "")
    if made.booking is not None:
        booking = made.booking
        when = site_when(booking.start, booking.end, booking.zone_name)
        return NextDay(when, _state_of(booking), change_url(booking))
    waits = made.work_order is not None and made.work_order.waits_since is not None
    state = dot(_("Waits to be planned"), ATTENTION) if waits else dot(_("Planned by hand"), QUIET)
    return NextDay(_date(day), state, change_url(made.work_order) if made.work_order else "")


def _state_of(booking: Booking) -> SafeString:
    is_off = booking.status == BookingStatus.CANCELED
    return dot(booking.get_status_display(), QUIET if is_off else GOOD)
