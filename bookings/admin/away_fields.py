"""Form fields for when somebody is away: whole days by default, or hours of the first and last day."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib import zones
from fsportal.settings_area.fields import check_year

#: Nobody is away longer without a decision that needs more than this form.
MOST_DAYS = 400


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def clock_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class AwayFields(forms.Form):
    """`times` are start and end (UTC) once the fields are valid."""

    first_day = forms.DateField(label=gettext_lazy("First day"), initial=timezone.localdate, widget=day_input())
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("Empty: only the first day."),
    )
    from_time = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=clock_input(), help_text=gettext_lazy("Empty: all day.")
    )
    until_time = forms.TimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=clock_input(),
        help_text=gettext_lazy("On the last day, by the technician's clock. Empty: to its end."),
    )

    def times_in(self, zone_name: str) -> tuple[dt.datetime, dt.datetime] | None:
        """Return start and end by the clock of a zone, or None and an error beside the field."""
        data: dict[str, Any] = self.cleaned_data
        first = data.get("first_day")
        if first is None or {"last_day", "from_time", "until_time"} & self.errors.keys():
            return None
        last = data.get("last_day") or first
        try:
            check_year(first)
            check_year(last)
        except ValidationError as error:
            self.add_error("first_day", error)
            return None
        if not 0 <= (last - first).days < MOST_DAYS:
            self.add_error("last_day", _("Choose a day on or after the first one, within a year."))
            return None
        start = self._moment("from_time", first, zone_name) or zones.midnight(first, zone_name)
        end = self._moment("until_time", last, zone_name) or zones.midnight(last + dt.timedelta(days=1), zone_name)
        if end <= start and not self.errors:
            self.add_error("until_time", _("The end must be after the start."))
        return None if self.errors else (start, end)

    def _moment(self, name: str, day: dt.date, zone_name: str) -> dt.datetime | None:
        clock = self.cleaned_data.get(name)
        if clock is None:
            return None
        try:
            return zones.local_to_utc(dt.datetime.combine(day, clock), zones.shown(zone_name))
        except ValueError as error:
            self.add_error(name, str(error))
            return None


def as_typed(start: dt.datetime, end: dt.datetime, zone_name: str) -> dict[str, Any]:
    """Return the fields' values for a stored absence."""
    begins, ends = zones.local(start, zone_name), zones.local(end, zone_name)
    ends_at_midnight = ends.time() == dt.time()
    last = ends.date() - dt.timedelta(days=1) if ends_at_midnight else ends.date()
    return {
        "first_day": begins.date(),
        "last_day": last,
        "from_time": None if begins.time() == dt.time() else begins.time(),
        "until_time": None if ends_at_midnight else ends.time(),
    }
