"""The form behind every move on the board: its scripts send it, and without scripts it is a page."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.board.moves import Wanted
from bookings.admin.forms import quiet_field
from bookings.availability.conflicts import ConflictKind
from bookings.models import Booking, Resource, WorkOrder
from bookings.models.status import RESCHEDULABLE
from fsportal.lib import zones
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.fields import check_year

#: Two weeks, in minutes.
LONGEST_VISIT = 14 * 24 * 60


class BoardMoveForm(forms.Form):
    """Day and time by the company's clock, as the board shows them."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    time = forms.TimeField(label=gettext_lazy("Begins"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    minutes = forms.IntegerField(label=gettext_lazy("Length, minutes"), min_value=5, max_value=LONGEST_VISIT)
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Technician"), queryset=Resource.objects.filter(is_active=True)
    )
    quiet = quiet_field()
    all_the_same = forms.BooleanField(label=gettext_lazy("Book all the same"), required=False)
    despite = forms.MultipleChoiceField(choices=ConflictKind.choices, required=False, widget=forms.MultipleHiddenInput)
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)

    def __init__(self, *args: Any, subject: Booking | WorkOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.booking = subject if isinstance(subject, Booking) else None
        self.work_order = subject.work_order if isinstance(subject, Booking) else subject
        self.fields["time"].help_text = _("By the clock of the board: %(zone)s.") % {
            "zone": zones.plain_label(current_zone(), "en")
        }
        if self.booking is not None and self.booking.status not in RESCHEDULABLE:
            for name in ("day", "time", "minutes", "quiet"):
                del self.fields[name]
        if self.booking is not None:
            for name, value in times_of(self.booking).items():
                self.initial.setdefault(name, value)
        else:
            self.initial.setdefault("minutes", self.work_order.incident_type.duration_minutes)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("all_the_same") and not data.get("why", "").strip():
            self.add_error("why", _("Say why it is booked all the same."))
        # Also without a reason: the page goes on showing what stands against it.
        if not {"day", "time", "minutes", "resource"} & self.errors.keys():
            start, end = self._times()
            if start and end:
                data["wanted"] = Wanted(self.work_order, data["resource"], start, end, self.booking)
        return data

    def _times(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        booking, data = self.booking, self.cleaned_data
        if booking is not None and "day" not in self.fields:
            return booking.start, booking.end
        start = self._start(dt.datetime.combine(data["day"], data["time"]))
        if start is None:
            return None, None
        length = dt.timedelta(minutes=data["minutes"])
        if booking is not None and data["minutes"] == minutes_of(booking):
            length = booking.end - booking.start  # to the second
        return start, start + length

    def _start(self, wall: dt.datetime) -> dt.datetime | None:
        booking = self.booking
        if booking is not None and wall == _wall(booking.start):
            return booking.start  # also if this time comes twice
        try:
            check_year(wall)
            start = zones.local_to_utc(wall, current_zone())
        except ValidationError as error:
            self.add_error("day", error)
        except ValueError as error:
            self.add_error("time", str(error))
        else:
            if start > timezone.now():
                return start
            # No message goes out about a visit that has begun: the customer would wait for the old time.
            self.add_error("time", _("This time has passed. Choose one to come."))
        return None


class PutBackForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)
    quiet = quiet_field()


def times_of(booking: Booking) -> dict[str, Any]:
    """Return what the form shows of a visit as it is."""
    wall = _wall(booking.start)
    return {
        "day": wall.date(),
        "time": wall.time(),
        "minutes": minutes_of(booking),
        "resource": booking.resource_id,
    }


def minutes_of(booking: Booking) -> int:
    return max(5, round((booking.end - booking.start).total_seconds() / 60))


def _wall(moment: dt.datetime) -> dt.datetime:
    return zones.local(moment, current_zone()).replace(tzinfo=None, second=0, microsecond=0, fold=0)
