"""Canceling a visit: why."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from fsportal.lib.text import one_line
from portal.forms.choices import BigChoices
from portal.forms.words import PlainText


class CancelReason(models.TextChoices):
    """Why a customer cancels."""

    TIME = "time", _("The time does not suit me")
    SOLVED = "solved", _("It is not needed any more")
    ELSEWHERE = "elsewhere", _("Somebody else does it")
    MISTAKE = "mistake", _("It was booked by mistake")
    OTHER = "other", _("Something else")
    NONE = "none", _("I would rather not say")


class CancelForm(forms.Form):
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
        """Ask for words when it is something else."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == CancelReason.OTHER and not cleaned.get("text"):
            self.add_error("text", _("Tell us in a few words what it is."))
        return cleaned

    @property
    def why(self) -> str:
        """Return the reason for the history, which staff read: in the language of the company."""
        with translation.override(settings.LANGUAGE_CODE):
            label = str(CancelReason(self.cleaned_data["reason"]).label)
        text = one_line(self.cleaned_data["text"])
        return f"{label}: {text}" if text else label
