"""Asking us about a visit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.models import Wish
from portal.forms.choices import BigChoices
from portal.forms.words import PlainText


class AskForm(forms.Form):
    """What it is about, and what the customer writes."""

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
