"""Phone numbers that staff type as people say them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from fsportal.lib import countries, phones
from fsportal.models import PortalSettings

#: Longer than any number with what people put between its digits.
WRITTEN_AT_MOST = 40


def company_country(portal_settings: PortalSettings) -> str:
    """Return the company's country, after its phone or else its time zone; empty if neither says it."""
    by_phone = countries.country_of_phone(portal_settings.contact_phone)
    return by_phone or countries.country_of(portal_settings.time_zone)


class PhoneField(forms.CharField):
    """A phone number. The form sets `country` to that of the address, if it knows one; gives E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "class": "vTextField"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)  # the column's, which takes E.164 only
        super().__init__(max_length=WRITTEN_AT_MOST, **kwargs)
        self.country = ""

    def clean(self, value: Any) -> str:
        written: str = super().clean(value)
        if not written:
            return ""
        try:
            return phones.to_e164(written, self.country or company_country(PortalSettings.load()))
        except ValueError as error:
            raise ValidationError(str(error), code="phone") from None
