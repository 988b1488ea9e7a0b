"""Forms about bookings and codes. Times are typed as the clock at the site shows them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.conflict_forms import AsksDespite
from bookings.admin.window_fields import initial_window, take_window, window_fields
from bookings.availability.conflicts import Proposal
from bookings.models import Booking, BookingNotificationCode, BookingStatus, Resource, doubts
from bookings.models.reopening import back_to
from fsportal.lib import durations, zones
from fsportal.settings_area.actions import ActionForm
from fsportal.settings_area.fields import LastDayField, check_year
from fsportal.settings_area.parts import AnyModelForm


def read_revision(sent: str, booking: Booking) -> int:
    """Return the revision that a page showed; the booking's own if the page sent none."""
    # Nine digits fit any column; whoever sends more gets the answer of a stale page.
    return int(sent[:9]) if sent.isdecimal() else booking.revision


class WallTimeInput(forms.DateTimeInput):
    """The browser's own picker of day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class WallTimeField(forms.Field):
    """A day and time without a zone; the form knows which clock is meant. Gives a naive datetime."""

    widget = WallTimeInput

    def to_python(self, value: Any) -> dt.datetime | None:
        """Return what was typed, to the minute."""
        if not value:
            return None
        try:
            typed = dt.datetime.fromisoformat(str(value))
        except ValueError:
            raise ValidationError(_("Write day and time like 2026-11-24 10:20.")) from None
        if typed.tzinfo is not None:
            raise ValidationError(_("Write day and time without an offset: the clock at the site is meant."))
        check_year(typed)
        return typed.replace(second=0, microsecond=0)

    def prepare_value(self, value: Any) -> Any:
        return value


def at_site(
    form: forms.BaseForm, name: str, zone_name: str, *, stored: dt.datetime | None = None
) -> dt.datetime | None:
    """Return the typed time of a field as an instant (UTC), or None and an error on the field if the clock skips it.

    A time left as the form showed the `stored` one means that very instant, even where the clock shows it twice.
    """
    typed = form.cleaned_data.get(name)
    if typed is None or (stored and typed == _as_shown(stored, zone_name)):
        return stored if typed else None
    try:
        instant = zones.local_to_utc(typed, zone_name)
        check_year(instant)  # the year in UTC: the last evening of 2100 is already 2101 there for some zones
    except ValidationError as error:
        form.add_error(name, error)
    except ValueError as error:
        form.add_error(name, str(error))
    else:
        return instant
    return None


def _as_shown(moment: dt.datetime, zone_name: str) -> dt.datetime:
    return zones.local(moment, zone_name).replace(tzinfo=None, second=0, microsecond=0, fold=0)


def why_field(*, required: bool = True) -> forms.CharField:
    """Return the field for the reason of a change, which the visit's story keeps."""
    return forms.CharField(
        label=gettext_lazy("Why"),
        required=required,
        max_length=500,
        help_text=gettext_lazy("Kept in the history; customers do not see it."),
    )


def quiet_field() -> forms.BooleanField:
    """Return the checkbox by which a customer is not told of a change."""
    return forms.BooleanField(
        label=gettext_lazy("Tell the customer nothing about this"),
        required=False,
        help_text=gettext_lazy("A visit’s ordinary reminder goes all the same."),
    )


class RescheduleForm(AsksDespite, ActionForm):
    start = WallTimeField(label=gettext_lazy("New start"))
    #: Not filled in: with the old end, a visit whose start alone is typed would become longer or shorter.
    end = WallTimeField(label=gettext_lazy("New end"), required=False)
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)
    quiet = quiet_field()

    def __init__(self, *args: Any, record: Booking, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        zone = record.zone_name
        self.fields |= window_fields()
        self.order_fields(["start", "end", "tell_as", "window_from", "window_until", "why", "quiet"])
        self.initial = {"start": zones.local(record.start, zone), **initial_window(record.window, zone)}
        self.fields["start"].help_text = _("Local time of the site: %(zone)s.") % {
            "zone": zones.plain_label(zone, translation.get_language() or "en")
        }
        self.fields["end"].help_text = _("Empty: the visit stays as long as it is, %(length)s.") % {
            "length": durations.length(record.end - record.start)
        }

    def clean(self) -> dict[str, Any]:
        stored = {"start": self.record.start, "end": self.record.end}
        for name, moment in stored.items():
            self.cleaned_data[name] = at_site(self, name, self.record.zone_name, stored=moment)
        start, end = self.cleaned_data["start"], self.cleaned_data["end"]
        if start and end and end <= start:
            self.add_error("end", _("The end must be after the start."))
        if start and start != self.record.start and start <= timezone.now():
            # No message goes out about a visit that has begun, so the customer would keep waiting for the old time.
            self.add_error("start", _("This time has passed. Choose one to come, or cancel the visit."))
        take_window(self, start, self.record.zone_name)
        return self.cleaned_data

    def proposal(self) -> Proposal | None:
        booking, start = self.record, self.cleaned_data.get("start")
        if start is None or "end" in self.errors:
            return None
        end = self.cleaned_data.get("end") or start + (booking.end - booking.start)
        if (start, end) == (booking.start, booking.end):
            return None  # nothing would change
        return Proposal(booking.resource, booking.work_order, start, end, booking)


class Yes(forms.HiddenInput):
    """Sent by every page that shows the question, also by one that refused a form without it."""

    def format_value(self, value: Any) -> str:
        return "on"


class DoubtForm(ActionForm):
    """Asks once more what is probably a slip of the finger: its page says why, and sends that it was read."""

    sure = forms.BooleanField(required=False, widget=Yes)

    def __init__(self, *args: Any, record: Booking, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        question = self.question()
        self.remarks = [question] if question else []

    def question(self) -> str:
        """Return what is asked; empty if nothing is."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.pop("sure") and self.remarks:
            self.add_error(None, _("Nothing was done yet. Press the button once more if you mean it."))
        return self.cleaned_data


class SetOffForm(DoubtForm):
    def question(self) -> str:
        return doubts.before_travel(self.record, timezone.now())


class CompleteForm(DoubtForm):
    def question(self) -> str:
        return doubts.before_complete(self.record)


class ReopenForm(AsksDespite, ActionForm):
    why = why_field()

    def __init__(self, *args: Any, record: Booking, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.remarks = list(filter(None, self._remarks(record)))
        if not self.is_bound:
            self.look()

    def _remarks(self, booking: Booking) -> Iterator[str]:
        goes_back_to = back_to(booking)
        yield _("It will be %(status)s again.") % {"status": goes_back_to.label}
        if goes_back_to == BookingStatus.SCHEDULED and booking.start <= timezone.now():
            yield _("Its time has passed, so no message goes out that it is on: move it afterwards, or call.")

    def proposal(self) -> Proposal:
        booking: Booking = self.record
        return Proposal(booking.resource, booking.work_order, booking.start, booking.end, booking)


class AssignForm(AsksDespite, ActionForm):
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Technician"),
        queryset=Resource.objects.filter(is_active=True),
    )
    why = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)

    def proposal(self) -> Proposal | None:
        booking, resource = self.record, self.cleaned_data.get("resource")
        if resource is None or resource.pk == booking.resource_id:
            return None
        return Proposal(resource, booking.work_order, booking.start, booking.end, booking)


class CancelBookingForm(ActionForm):
    why = why_field()
    replan = forms.BooleanField(
        label=gettext_lazy("Put the work back to be planned"),
        required=False,
        help_text=gettext_lazy("It then waits in the tray of the board for another time."),
    )
    quiet = quiet_field()


class DeclineForm(ActionForm):
    why = forms.CharField(
        label=gettext_lazy("What they said"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Kept in the history; customers do not see it."),
    )


class ExtendCodeForm(ActionForm):
    until = LastDayField(label=gettext_lazy("Last day"))


class BlockForm(ActionForm):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=500)


class CodeAddForm(AnyModelForm):
    """A code made by hand, for a contact of the booking's account."""

    until = LastDayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy(
            "Without a date the link works until 30 days after the visit, also when the visit moves."
        ),
    )

    class Meta:
        model = BookingNotificationCode
        fields = ["booking", "contact"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        booking, contact = data.get("booking"), data.get("contact")
        if booking and contact and contact.account_id != booking.work_order.account_id:
            account = booking.work_order.account
            self.add_error(
                "contact", _("Choose a contact of %(account)s, the account of this booking.") % {"account": account}
            )
        return data
