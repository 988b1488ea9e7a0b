"""The form field for working hours: from and to for each weekday, stored as JSON."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.availability.working_hours import hours_on

PARTS = ("from", "to")


class WorkingHoursWidget(forms.Widget):
    """Seven rows with two clock fields each. Its value has the shape of the stored JSON, with whatever was typed."""

    template_name = "admin/widgets/working_hours.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        hours = value if isinstance(value, dict) else {}
        context["rows"] = [_row(name, day, hours.get(str(day))) for day in range(7)]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list[str]]:
        """Return what was typed, without empty days."""
        typed = {str(day): [data.get(f"{name}_{day}_{part}", "").strip() for part in PARTS] for day in range(7)}
        return {day: times for day, times in typed.items() if any(times)}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell whether the form had no such rows at all; then the hours stay as they are."""
        return not any(f"{name}_{day}_{part}" in data for day in range(7) for part in PARTS)

    def id_for_label(self, id_: str) -> str:
        """Return nothing: each input has a label of its own."""
        return ""


def _row(name: str, day: int, times: Any) -> dict[str, Any]:
    shown = list(times) if isinstance(times, list | tuple) and len(times) == 2 else ["", ""]
    return {
        "day": WEEKDAYS[day],
        "fields": [
            {"name": f"{name}_{day}_{part}", "value": value, "label": label}
            for part, value, label in zip(PARTS, shown, (_("from"), _("to")), strict=True)
        ],
    }


class WorkingHoursField(forms.Field):
    """Gives {"0": ["08:00", "17:00"]}, Monday first; every unreadable day gets its own error."""

    widget = WorkingHoursWidget

    def clean(self, value: Any) -> dict[str, list[str]]:
        hours, errors = {}, []
        for day, times in sorted((value or {}).items()):
            try:
                hours[day] = _pair(*times)
            except ValidationError as error:
                errors.append(ValidationError(f"{WEEKDAYS[int(day)]}: {error.message}"))
        if errors:
            raise ValidationError(errors)
        return hours

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the times, not their spelling."""
        days = range(7)
        return [hours_on(initial, day) for day in days] != [hours_on(data, day) for day in days]


def _pair(begins: str, ends: str) -> list[str]:
    if not begins or not ends:
        raise ValidationError(_("Write both times, or none for a day off."))
    first, last = _clock(begins), _clock(ends)
    if first == last and first != dt.time():
        raise ValidationError(_("Both times are %(time)s. Write 00:00 twice for the whole day.") % {"time": begins})
    return [first.strftime("%H:%M"), last.strftime("%H:%M")]


def _clock(typed: str) -> dt.time:
    try:
        return dt.time.fromisoformat(typed).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise ValidationError(_("“%(typed)s” is not a time. Write it like 08:30.") % {"typed": typed[:20]}) from None


def in_words(working_hours: Any) -> list[str]:
    days = ((day, hours_on(working_hours, day)) for day in range(7))
    return [
        # Translators: as in "Monday: 08:00 to 17:00".
        _("%(day)s: %(from)s to %(to)s")
        % {"day": WEEKDAYS[day], "from": f"{hours[0]:%H:%M}", "to": f"{hours[1]:%H:%M}"}
        for day, hours in days
        if hours
    ]


HELP = gettext_lazy(
    "By the technician's own clock. Empty: a day off. "
    "An end before the start, as in 22:00 to 06:00, is on the next day."
)
