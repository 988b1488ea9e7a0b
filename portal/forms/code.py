"""Asking for a one-time code, and typing it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fsportal.models.consent import Channel
from portal.confirm import Way
from portal.forms.choices import BigChoices, choice_words


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


class DigitsForm(forms.Form):
    """The six digits. Spaces and dashes are forgiven, digits of other scripts are taken."""

    digits = forms.CharField(
        label=_("The six digits"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "digits", "dir": "ltr"}
        ),
        error_messages={"required": _("Type the six digits of our message.")},
    )
