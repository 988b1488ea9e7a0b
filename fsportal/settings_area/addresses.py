"""Addresses in forms of the Settings area: countries by name, zones that follow, coordinates that somebody set."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib import countries
from fsportal.lib.maps import map_credits
from fsportal.models import Address, PortalSettings
from fsportal.settings_area.parts import AnyModelForm
from fsportal.settings_area.phones import company_country

#: The order in which a form asks; the country first, as what follows depends on it.
FIELDS = ("street", "postal_code", "city", "country", "time_zone", "latitude", "longitude")


class CountryField(forms.ChoiceField):
    """A country by its name, in the language of the page. Gives two letters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_countries, **kwargs)


def _countries() -> list[tuple[str, str]]:
    return [("", "–"), *countries.choices(translation.get_language() or "en")]


class AddressForm(AnyModelForm):
    """The form of a record with an address. An empty zone follows from the coordinates, or else from the country."""

    country = CountryField(label=gettext_lazy("Country"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored, field = self.instance.country, self.fields.get("country")
        if stored and stored not in countries.codes() and isinstance(field, CountryField):
            # From before countries were chosen: it stays until somebody chooses another.
            field.choices = [*_countries(), (stored, stored)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (data.get("latitude") is None) != (data.get("longitude") is None):
            self.add_error("latitude", ValidationError(_("Write both latitude and longitude, or neither.")))
        if not data.get("time_zone") and "time_zone" not in self.errors:
            data["time_zone"] = zone_of(data)
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, which the stubs leave out
        if {"latitude", "longitude"}.intersection(self.changed_data):
            self.instance.set_by_hand()


def zone_of(data: dict[str, Any]) -> str:
    """Return the zone that follows from coordinates or country of a form's data; empty if neither says it."""
    latitude, longitude = data.get("latitude"), data.get("longitude")
    at = countries.zone_at(latitude, longitude) if latitude is not None and longitude is not None else ""
    return at or countries.zone_of(data.get("country") or "")


def initial_place() -> dict[str, str]:
    """Return what a new address begins with: the company's country, and its zone if that does not follow from it."""
    portal_settings = PortalSettings.load()
    country = company_country(portal_settings)
    zone = {} if countries.zone_of(country) else {"time_zone": portal_settings.time_zone}
    return {"country": country, **zone}


def pin_context() -> dict[str, Any]:
    """Return what the page of an address needs for its map; without tiles there is none, and the fields stay."""
    return {"tiles": settings.MAP_TILES_URL, "credits": map_credits()}


def point_out_zone(request: HttpRequest, address: Address) -> None:
    """Say that the zone of an address contradicts its coordinates. Nothing is changed: people know why."""
    point = address.coordinates
    there = countries.zone_at(*point) if point else ""
    if there and address.time_zone and not countries.tell_the_same(there, address.time_zone):
        words = _("The coordinates are in the time zone %(there)s, but the address says %(zone)s. Is that right?")
        messages.warning(request, words % {"there": there, "zone": address.time_zone})
