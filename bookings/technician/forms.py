"""The form of a tap, sent by a page without scripts or from the phone's own store of taps."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import Tap, TapVerb
from bookings.models.taps import MINUTES
from fsportal.models import User

#: A phone's clock that is off by more is not used at all: the time must be one that a database can hold.
OLDEST = dt.timedelta(days=30)
#: A clock that differs by no more than this is right: the rest is the tap's time in the network.
SAME_CLOCK = dt.timedelta(seconds=30)


class TapForm(forms.Form):
    """One tap: its own id, the visit, what was done, how late, whether it is `sure`, and when it was tapped.

    `made_at` and `sent_at` are by the phone's clock; without scripts they are missing, and it is now. If that clock is
    wrong, only their difference counts.
    """

    id = forms.UUIDField()
    booking = forms.UUIDField()
    verb = forms.ChoiceField(choices=TapVerb.choices)
    minutes = forms.TypedChoiceField(
        choices=[(minutes, minutes) for minutes in MINUTES], coerce=int, empty_value=None, required=False
    )
    made_at = forms.DateTimeField(required=False)
    sent_at = forms.DateTimeField(required=False)
    sure = forms.BooleanField(required=False)

    def clean(self) -> None:
        """Refuse running late without a number of minutes."""
        is_late = self.cleaned_data.get("verb") == TapVerb.LATE
        if is_late and "minutes" not in self.errors and self.cleaned_data.get("minutes") is None:
            self.add_error("minutes", _("Say how many minutes late."))

    def tap(self, user: User) -> Tap:
        data = self.cleaned_data
        tap = Tap(
            id=data["id"],
            user=user,
            booking_id=data["booking"],
            verb=data["verb"],
            minutes=data["minutes"] if data["verb"] == TapVerb.LATE else None,
            made_at=self._made_at(timezone.now()),
        )
        tap.is_sure = data["sure"]
        return tap

    def _made_at(self, now: dt.datetime) -> dt.datetime:
        made, sent = self.cleaned_data["made_at"], self.cleaned_data["sent_at"]
        if made is None:
            return now
        moment: dt.datetime = made
        if sent is not None and abs(now - sent) > SAME_CLOCK:
            moment = now - min(max(sent - made, dt.timedelta()), OLDEST)
        return min(max(moment, now - OLDEST), now)
