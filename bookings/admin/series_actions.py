"""Repeating visits on the page of a booking: repeat it, change this and the following, end the series here."""

import datetime as dt
from collections import Counter
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.admin import plans
from bookings.admin.forms import quiet_field, why_field
from bookings.admin.window_fields import TimeOfDayInput
from bookings.models import Booking, BookingStatus, Change, Occurrence, Resource, Series, Via
from bookings.models.series import Unit
from bookings.plan import plan_done
from bookings.series import changing
from bookings.series.changing import Step, Terms
from fsportal.lib import worker_wakeup, zones
from fsportal.settings_area.actions import ActionForm, RecordAction
from fsportal.settings_area.fields import check_year
from fsportal.settings_area.parts import change_url, record_link, staff
from fsportal.settings_area.record_page import Facts

PERMISSION = "bookings.change_status"
TASK = "bookings.tasks.make_repeating_visits"
WEEKDAYS = [
    ("0", gettext_lazy("Monday")),
    ("1", gettext_lazy("Tuesday")),
    ("2", gettext_lazy("Wednesday")),
    ("3", gettext_lazy("Thursday")),
    ("4", gettext_lazy("Friday")),
    ("5", gettext_lazy("Saturday")),
    ("6", gettext_lazy("Sunday")),
]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    widget = DayInput

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None:
            check_year(dt.datetime.combine(day, dt.time()))
        return day


def occurrence_of(booking: Booking) -> Occurrence | None:
    return getattr(booking, "occurrence", None)


def _repeats(booking: Booking) -> bool:
    return occurrence_of(booking) is not None and booking.status == BookingStatus.SCHEDULED


def series_facts(booking: Booking) -> Facts:
    occurrence = occurrence_of(booking)
    return [(_("Repeats"), record_link(occurrence.series))] if occurrence else []


# --- Repeat this visit ------------------------------------------------------------------------------------------------
class RepeatForm(ActionForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=99, initial=1)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=Unit.choices, initial=Unit.WEEK)
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On these weekdays"),
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("For weeks. None chosen: the weekday of this visit."),
    )
    on_nth_weekday = forms.BooleanField(
        label=gettext_lazy("On the same weekday of the month, such as the second Tuesday"),
        required=False,
        help_text=gettext_lazy("For months and years. Otherwise on the same date."),
    )
    season_until = DayField(
        label=gettext_lazy("On any working day until"),
        required=False,
        help_text=gettext_lazy(
            "For a season, such as yearly in spring: the first free time of a suitable technician from the day of this"
            " visit until this one. Empty: on the day and at the time of this visit."
        ),
    )
    skips_holidays = forms.BooleanField(
        label=gettext_lazy("Not on weekends and public holidays, but on the next working day"), required=False
    )
    until = DayField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: no end."))
    count = forms.IntegerField(label=gettext_lazy("Or so many visits"), required=False, min_value=2, max_value=999)
    is_quiet = forms.BooleanField(
        label=gettext_lazy("Tell the customer of each visit by the reminders only"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise each visit is announced when it is made, up to two months ahead."),
    )

    def __init__(self, *args: Any, record: Booking, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.initial.setdefault("name", record.work_order.incident_type.name)
        self.first_day = zones.local(record.start, record.zone_name).date()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("until") and data.get("count"):
            self.add_error("count", _("Choose a last day or a number of visits, not both."))
        for name in ("until", "season_until"):
            if data.get(name) and data[name] <= self.first_day:
                self.add_error(name, _("Choose a day after this visit."))
        season = data.pop("season_until", None)
        data["season_days"] = (season - self.first_day).days + 1 if season else None
        if season and data["season_days"] > 366:
            self.add_error("season_until", _("A season is at most a year long."))
        data["weekdays"] = "".join(data.get("weekdays", [])) if data.get("unit") == Unit.WEEK else ""
        return data


@transaction.atomic
def _repeat(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> str:
    wall = zones.local(booking.start, booking.zone_name)
    series = Series(first_day=wall.date(), start_time=wall.time(), resource=booking.resource, **data)
    changing.repeat(booking, series, by=staff(request))
    transaction.on_commit(lambda: worker_wakeup.wake(TASK, group="series"))
    return _("The visit repeats. Those of the next two months are being made.")


def _page_of_series(booking: Booking) -> str:
    occurrence = Occurrence.objects.filter(booking=booking).select_related("series").first()
    return change_url(occurrence.series if occurrence else booking)


# --- Change this and the following ------------------------------------------------------------------------------------
class ChangeFollowingForm(ActionForm):
    day = DayField(label=gettext_lazy("Day of this visit"))
    start = forms.TimeField(label=gettext_lazy("Start"), widget=TimeOfDayInput(format="%H:%M"))
    minutes = forms.IntegerField(label=gettext_lazy("Length, minutes"), min_value=1, max_value=24 * 60)
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Technician"),
        queryset=Resource.objects.filter(is_active=True),
    )
    until = DayField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: no end."))
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)
    quiet = quiet_field()

    def __init__(self, *args: Any, record: Booking, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        occurrence = occurrence_of(record)
        if occurrence is None:
            return
        series = occurrence.series
        self.initial = {
            "day": occurrence.day,
            "start": series.start_time,
            "minutes": series.minutes,
            "resource": series.resource_id or record.resource_id,
            "until": series.until,
        }
        self.fields["start"].help_text = _("Local time of the site: %(zone)s.") % {
            "zone": zones.plain_label(series.zone_name, "en")
        }
        self.fields["day"].help_text = _("Another day moves the following visits by as many days.")

    def clean(self) -> dict[str, Any]:
        data, occurrence = self.cleaned_data, occurrence_of(self.record)
        day, until = data.get("day"), data.get("until")
        if occurrence and day and abs((day - occurrence.day).days) > 31:
            self.add_error("day", _("Choose a day within a month of this visit’s, or end the series here."))
        if day and until and until < day:
            self.add_error(
                "until", _("The last day is before this visit. To end the series, use “End the series here”.")
            )
        if day and occurrence and occurrence.series.start_on(day) < timezone.now():
            self.add_error("day", _("This time has passed. Choose one to come."))
        return data


def _terms(data: dict[str, Any]) -> Terms | None:
    if any(data.get(name) in (None, "") for name in ("day", "start", "minutes", "resource")):
        return None
    return Terms(data["day"], data["start"], data["minutes"], data["resource"], data.get("until"))


def _change(request: HttpRequest, data: dict[str, Any]) -> Change:
    return Change(by=staff(request), via=Via.ADMIN, why=data.get("why", ""), quiet=bool(data.get("quiet")))


def _change_following(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> str:
    occurrence, terms = occurrence_of(booking), _terms(data)
    assert occurrence is not None
    assert terms is not None
    found = changing.change_from(occurrence.series, occurrence.day, terms, _change(request, data))
    left = len(found.left)
    if not left:
        return _("This visit and the following ones were changed.")
    return ngettext(
        "The series was changed. %(count)d visit stays as it was, as nobody can come at the new time.",
        "The series was changed. %(count)d visits stay as they were, as nobody can come at the new time.",
        left,
    ) % {"count": left}


def _preview_change(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> SafeString:
    occurrence, terms = occurrence_of(booking), _terms(data)
    if occurrence is None or terms is None:
        return plans.of_many([])
    found = changing.split(occurrence.series, occurrence.day, terms)
    return _plan_of(found.steps, _change(request, data))


def _plan_of(steps: list[Step], change: Change) -> SafeString:
    now = timezone.now()
    done, bookings = changing.drafted(steps, change)
    left = Counter(step.against for step in steps if step.against)
    return plans.of_many(plan_done(done, bookings, now), left)


# --- End the series here ----------------------------------------------------------------------------------------------
class EndSeriesForm(ActionForm):
    why = why_field()
    quiet = quiet_field()


def _end(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> str:
    occurrence = occurrence_of(booking)
    assert occurrence is not None
    count = changing.end_before(occurrence.series, occurrence.day, _change(request, data))
    said = ngettext(
        "The series has ended; %(count)d visit was canceled.",
        "The series has ended; %(count)d visits were canceled.",
        count,
    )
    return said % {"count": count}


def _preview_end(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> SafeString:
    occurrence = occurrence_of(booking)
    if occurrence is None:
        return SafeString("")
    return _plan_of(changing.following(occurrence.series, occurrence.day), _change(request, data))


SERIES_ACTIONS = [
    RecordAction(
        "repeat",
        gettext_lazy("Repeat this visit"),
        _repeat,
        PERMISSION,
        possible=lambda booking: occurrence_of(booking) is None and booking.status != BookingStatus.CANCELED,
        form=RepeatForm,
        explains=gettext_lazy("Further visits are made by themselves, for the next two months at any time."),
        lands=_page_of_series,
    ),
    RecordAction(
        "change-following",
        gettext_lazy("Change this and the following"),
        _change_following,
        PERMISSION,
        possible=_repeats,
        form=ChangeFollowingForm,
        explains=gettext_lazy(
            "Visits that were changed by themselves stay as they are. “Reschedule” moves only this one."
        ),
        preview=_preview_change,
    ),
    RecordAction(
        "end-series",
        gettext_lazy("End the series here"),
        _end,
        PERMISSION,
        possible=_repeats,
        form=EndSeriesForm,
        tone="danger",
        explains=gettext_lazy("This visit and all that follow are canceled."),
        preview=_preview_end,
    ),
]
