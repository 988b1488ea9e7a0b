"""Forms about a visit: move it, cancel it, write to us, and prove who one is."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from bookings.models import Wish
from fsportal.lib.text import one_line
from fsportal.models.consent import Channel
from portal.visit.proof import Way
from portal.visit.widgets import BigChoices, PlainText, choice_words


class CancelReason(models.TextChoices):
    TIME = "time", _("The time does not suit me")
    SOLVED = "solved", _("It is not needed any more")
    ELSEWHERE = "elsewhere", _("Somebody else does it")
    MISTAKE = "mistake", _("It was booked by mistake")
    OTHER = "other", _("Something else")
    NONE = "none", _("I would rather not say")


class CancelVisitForm(forms.Form):
    """The reason, and the revision of the visit that the customer saw."""

    reason = forms.ChoiceField(
        label=_("Why do you cancel?"),
        choices=CancelReason.choices,
        widget=BigChoices,
        error_messages={"required": _("Choose a reason, or that you would rather not say.")},
    )
    text = PlainText(
        label=_("In your words"),
        required=False,
        max_length=300,
        rows=3,
        help_text=_("If you chose “Something else”, tell us what it is."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == CancelReason.OTHER and not cleaned.get("text"):
            self.add_error("text", _("Tell us in a few words what it is."))
        return cleaned

    @property
    def why(self) -> str:
        """Return the reason for the history, which staff read, in the company's language."""
        with translation.override(settings.LANGUAGE_CODE):
            label = str(CancelReason(self.cleaned_data["reason"]).label)
        text = one_line(self.cleaned_data["text"])
        return f"{label}: {text}" if text else label


class MoveForm(forms.Form):
    why = PlainText(label=_("Why do you need another time?"), required=False, max_length=300, rows=2)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    time = forms.CharField(widget=forms.HiddenInput)


class AskForm(forms.Form):
    about = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[
            (Wish.CHANGE, _("I need another time")),
            (Wish.CANCEL, _("I want to cancel")),
            (Wish.NOTE, _("Something you should know")),
        ],
        widget=BigChoices,
        error_messages={
            "required": _("Choose what it is about."),
            "invalid_choice": _("Choose what it is about."),
        },
    )
    text = PlainText(
        label=_("Your message"),
        max_length=1000,
        rows=5,
        help_text=_("For another time: which days and hours suit you. At most 1,000 characters."),
        error_messages={"required": _("Write what we should know.")},
    )


class WayForm(forms.Form):
    """Where the code is to go: one of the contact's own addresses, masked."""

    channel = forms.ChoiceField(
        label=_("Where should the code go?"),
        widget=BigChoices,
        error_messages={"required": _("Choose where we should send the code.")},
    )

    def __init__(self, *args: Any, ways: Sequence[Way], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {Channel.EMAIL: _("By email"), Channel.SMS: _("By text message")}
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(way.channel), choice_words(words[way.channel], way.address, ltr=True)) for way in ways]
        field.initial = str(ways[0].channel) if ways else None


class OneTimeCodeForm(forms.Form):
    """The six digits. Spaces and dashes are forgiven, digits of other scripts are taken."""

    digits = forms.CharField(
        label=_("The six digits"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "digits", "dir": "ltr"}
        ),
        error_messages={"required": _("Type the six digits of our message.")},
    )
