"""A new appointment: which service, for which account, and what else we should know."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.models import IncidentType
from fsportal.lib.durations import length
from fsportal.lib.text import one_line, validate_no_control
from fsportal.models import Contact, PortalSettings
from portal.visit.widgets import BigChoices, PlainText, choice_words


class ServiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic while the program runs
    def label_from_instance(self, obj: IncidentType) -> str:
        return choice_words(one_line(obj.local_name), length(dt.timedelta(minutes=obj.duration_minutes)))


class WhatForm(forms.Form):
    """The service, and for which of the customer's accounts (asked only if there are several)."""

    service = ServiceField(
        label=_("What can we do for you?"),
        queryset=IncidentType.objects.none(),
        widget=BigChoices,
        empty_label=None,
        error_messages={
            "required": _("Choose what we can do for you."),
            "invalid_choice": _("This cannot be booked here. Choose something else."),
        },
    )

    def __init__(self, *args: Any, contacts: Sequence[Contact], home_country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contacts = {str(contact.pk): contact for contact in contacts}
        service = self.fields["service"]
        assert isinstance(service, ServiceField)
        service.queryset = IncidentType.objects.filter(is_offered=True)
        if len(self.contacts) > 1:
            self.fields["account"] = forms.ChoiceField(
                label=_("Where?"),
                choices=[(pk, _place(contact, home_country)) for pk, contact in self.contacts.items()],
                widget=BigChoices,
                error_messages={
                    "required": _("Choose where we should come."),
                    "invalid_choice": _("Choose where we should come."),
                },
            )

    @property
    def contact(self) -> Contact:
        return self.contacts[self.cleaned_data.get("account") or next(iter(self.contacts))]

    @property
    def incident_type(self) -> IncidentType:
        chosen: IncidentType = self.cleaned_data["service"]
        return chosen


class AppointmentForm(forms.Form):
    """Device and details; each is asked for only if the settings say so."""

    asset = forms.CharField(
        label=_("Which device is it about?"),
        required=False,
        max_length=100,
        validators=[validate_no_control],
        help_text=_("For example maker and model, or where it stands."),
    )
    details = PlainText(
        label=_("Anything we should know?"),
        required=False,
        max_length=1000,
        rows=4,
        help_text=_("What is wrong, how to get in, where to park. At most 1,000 characters."),
    )

    def __init__(self, *args: Any, portal_settings: PortalSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, is_asked in (
            ("asset", portal_settings.asset_choice),
            ("details", portal_settings.additional_details),
        ):
            if not is_asked:
                del self.fields[name]

    @classmethod
    def kept(cls, asked: Mapping[str, str]) -> dict[str, str]:
        return {name: asked[name] for name in cls.base_fields if asked.get(name)}

    @property
    def notes(self) -> str:
        """Return what was written as notes for the technician, in the company's language."""
        asset, details = self.cleaned_data.get("asset", ""), self.cleaned_data.get("details", "")
        with translation.override(settings.LANGUAGE_CODE):
            device = gettext("Device: %(asset)s") % {"asset": asset} if asset else ""
        return "\n".join(filter(None, (device, details)))


class RequestForm(forms.Form):
    """When it would suit, in the customer's words, if no offered time does."""

    text = PlainText(
        label=_("When would it suit you?"),
        max_length=1000,
        rows=4,
        help_text=_("For example: mornings next week, or any day after five. At most 1,000 characters."),
        error_messages={"required": _("Tell us when it would suit you.")},
    )


def _place(contact: Contact, home_country: str) -> str:
    return choice_words(one_line(contact.account.name), one_line(contact.account.line_for_customers(home_country)))
