"""Fields of a form by which staff choose what the customer is told: the minute, an arrival window, or as usual."""

import datetime as dt
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models.window import BY_SERVICE, ToldTime, WindowChoice
from fsportal.lib import zones


class TellAs(models.TextChoices):
    SERVICE = "service", gettext_lazy("as usual for the service")
    MINUTE = "minute", gettext_lazy("the start")
    WINDOW = "window", gettext_lazy("an arrival window")


class TimeOfDayInput(forms.TimeInput):
    input_type = "time"


def window_fields() -> dict[str, forms.Field]:
    """Return the fields by name, for a form that calls `take_window` when it is cleaned."""
    return {
        "tell_as": forms.ChoiceField(
            label=gettext_lazy("The customer is told"),
            choices=TellAs.choices,
            initial=TellAs.SERVICE,
            required=False,
            help_text=gettext_lazy("A visit that stays within its arrival window keeps it, unless you choose."),
        ),
        "window_from": forms.TimeField(
            label=gettext_lazy("Arrival window, from"), required=False, widget=TimeOfDayInput(format="%H:%M")
        ),
        "window_until": forms.TimeField(
            label=gettext_lazy("Arrival window, until"), required=False, widget=TimeOfDayInput(format="%H:%M")
        ),
    }


def initial_window(window: ToldTime | None, zone_name: str) -> dict[str, Any]:
    if window is None or window.until is None:
        return {}
    ends = (window.start, window.until)
    return dict(zip(("window_from", "window_until"), (zones.local(end, zone_name).time() for end in ends), strict=True))


def take_window(form: forms.BaseForm, start: dt.datetime | None, zone_name: str) -> None:
    """Put what was chosen into the cleaned data as `window`, in place of the fields; faults go to the fields."""
    data = form.cleaned_data
    tell_as, begins, ends = (data.pop(name, None) for name in ("tell_as", "window_from", "window_until"))
    data["window"] = BY_SERVICE
    if tell_as == TellAs.MINUTE:
        data["window"] = None
    elif tell_as == TellAs.WINDOW and (begins is None or ends is None):
        for name, value in (("window_from", begins), ("window_until", ends)):
            if value is None and name not in form.errors:
                form.add_error(name, _("Write both ends of the arrival window."))
    elif tell_as == TellAs.WINDOW and start is not None:
        data["window"] = _window(form, start, begins, ends, zone_name)


def _window(form: forms.BaseForm, start: dt.datetime, begins: dt.time, ends: dt.time, zone_name: str) -> WindowChoice:
    """Return the window on the day of the start; one that ends at midnight or later began the evening before."""
    day = zones.local(start, zone_name).date()
    days = [day] if begins < ends else [day, day - dt.timedelta(days=1)]
    over = dt.timedelta(days=0 if begins < ends else 1)
    for first in days:
        walls = (dt.datetime.combine(first, begins), dt.datetime.combine(first + over, ends))
        try:
            window = ToldTime(*(zones.local_to_utc(wall, zone_name) for wall in walls))
        except ValueError as error:
            form.add_error("window_from", str(error))
            return BY_SERVICE
        if window.includes(start):
            return window
    form.add_error("window_from", _("The visit must begin within its arrival window."))
    return BY_SERVICE
