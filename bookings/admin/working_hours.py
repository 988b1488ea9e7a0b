"""Form fields for working hours: one line of intervals for each weekday, or for one day."""

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.availability.words import hours_in_words
from bookings.availability.working_hours import Interval, hours_on, intervals_of, stored_day

DAYS = range(7)
#: The checkbox that gives Tuesday to Friday the hours of Monday.
COPY = "as_monday"
CLOCK = r"\d{1,2}(?:[:.]\d{2})?"
INTERVAL = re.compile(rf"({CLOCK})\s*(?:-|–|—|to|bis)\s*({CLOCK})", re.IGNORECASE)
MOST_INTERVALS = 6


class WorkingHoursWidget(forms.Widget):
    """Seven rows with a line of text each. Its value has a text per weekday, as typed."""

    template_name = "admin/widgets/working_hours.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        hours = value if isinstance(value, dict) else {}
        context["rows"] = [(WEEKDAYS[day], f"{name}_{day}", as_typed(hours.get(str(day)))) for day in DAYS]
        context["copy"] = f"{name}_{COPY}"
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """Return what was typed, without empty days."""
        typed = {str(day): data.get(f"{name}_{day}", "").strip() for day in DAYS}
        if data.get(f"{name}_{COPY}"):
            typed |= {str(day): typed["0"] for day in range(1, 5)}
        return {day: text for day, text in typed.items() if text}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell whether the form had no such rows at all; then the hours stay as they are."""
        return not any(f"{name}_{day}" in data for day in DAYS)

    def id_for_label(self, id_: str) -> str:
        """Return nothing: each input has a label of its own."""
        return ""


def as_typed(day: Any) -> str:
    """Return a day's hours as somebody would type them; `day` may be what was typed."""
    if isinstance(day, str):
        return day
    return ", ".join(f"{begins:%H:%M}-{ends:%H:%M}" for begins, ends in intervals_of(day))


class WorkingHoursField(forms.Field):
    """Gives the stored form (bookings/availability/working_hours.py); every unreadable day gets its own error."""

    widget = WorkingHoursWidget

    def clean(self, value: Any) -> dict[str, list[Any]]:
        hours, errors = {}, []
        for day, typed in sorted((value or {}).items()):
            try:
                hours[day] = stored_day(intervals_in(typed))
            except ValidationError as error:
                errors.append(ValidationError(f"{WEEKDAYS[int(day)]}: {error.message}"))
        if errors:
            raise ValidationError(errors)
        return hours

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the times, not their spelling."""
        try:
            typed = self.clean(data)
        except ValidationError:
            return True
        return [hours_on(initial, day) for day in DAYS] != [hours_on(typed, day) for day in DAYS]


class DayHoursField(forms.CharField):
    """One day's intervals on one line; empty for a day off. Gives [["09:00", "12:00"], …]."""

    def to_python(self, value: Any) -> list[list[str]]:  # type: ignore[override]
        typed = super().to_python(value) or ""
        return [[f"{begins:%H:%M}", f"{ends:%H:%M}"] for begins, ends in intervals_in(typed)]

    def prepare_value(self, value: Any) -> str:
        return as_typed(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return intervals_of(self.to_python(data)) != intervals_of(initial)
        except ValidationError:
            return True


def intervals_in(typed: str) -> list[Interval]:
    """Return the intervals of a line such as "08:00-12:00, 13:00-17:00". Raises ValidationError with a sentence."""
    parts = [part.strip() for part in re.split(r"[,;]", typed) if part.strip()]
    if len(parts) > MOST_INTERVALS:
        raise ValidationError(_("Write at most %(number)d intervals a day.") % {"number": MOST_INTERVALS})
    found = sorted(_interval(part) for part in parts)
    for earlier, later in itertools.pairwise(found):
        if later[0] < earlier[1] or earlier[1] <= earlier[0]:
            words = {"first": hours_in_words([earlier]), "second": hours_in_words([later])}
            raise ValidationError(_("%(first)s and %(second)s overlap. Write them one after the other.") % words)
    return found


def _interval(typed: str) -> Interval:
    match = INTERVAL.fullmatch(typed)
    if match is None:
        raise ValidationError(
            _("“%(typed)s” is not a from and a to. Write it like 08:00-12:00, several with commas between.")
            % {"typed": typed[:30]}
        )
    begins, ends = _clock(match[1]), _clock(match[2])
    if begins == ends and begins != dt.time():
        raise ValidationError(
            _("Both times are %(time)s. Write 00:00-00:00 for the whole day.") % {"time": f"{begins:%H:%M}"}
        )
    return begins, ends


def _clock(typed: str) -> dt.time:
    hour, _colon, minute = typed.replace(".", ":").partition(":")
    if typed in ("24", "24:00"):
        return dt.time()
    try:
        return dt.time(int(hour), int(minute or 0))
    except ValueError:
        raise ValidationError(_("“%(typed)s” is not a time. Write it like 08:30.") % {"typed": typed[:20]}) from None


def in_words(working_hours: Any) -> list[str]:
    days: Iterable[tuple[int, list[Interval]]] = ((day, hours_on(working_hours, day)) for day in DAYS)
    return [
        # Translators: as in "Monday: 08:00 to 17:00".
        _("%(day)s: %(hours)s") % {"day": WEEKDAYS[day], "hours": hours_in_words(intervals)}
        for day, intervals in days
        if intervals
    ]


HELP = gettext_lazy(
    "By the technician's own clock, as in 08:00-12:00, 13:00-17:00. Empty: a day off. "
    "An end before the start, as in 22:00-06:00, is on the next day."
)
