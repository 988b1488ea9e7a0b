"""Where: the account's address, one of its sites, or an address that is typed."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import WorkOrder
from bookings.new_visits import is_new
from fsportal.lib import countries
from fsportal.lib.text import validate_no_control
from fsportal.models import Account, Address, Site

ACCOUNT, NEW_PLACE, SITE = "account", "new", "site:"
ADDRESS = ("street", "postal_code", "city", "country", "latitude", "longitude")


@dataclass(frozen=True)
class PlaceChoice:
    value: str
    label: str
    line: str


class CountryField(forms.ChoiceField):
    """A country by its name, in the language of the page."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_countries, **kwargs)


def _countries() -> list[tuple[str, str]]:
    return [("", "–"), *countries.choices(translation.get_language() or "en")]


def _degrees(label: Any, most: int) -> forms.FloatField:
    limits = [MinValueValidator(-most), MaxValueValidator(most)]
    return forms.FloatField(label=label, required=False, validators=limits)


class PlaceFields(forms.Form):
    """The fields of a place, and what follows from them."""

    place = forms.CharField(required=False)
    country = CountryField(label=gettext_lazy("Country"), required=False)
    street = forms.CharField(
        label=gettext_lazy("Street"), required=False, max_length=200, validators=[validate_no_control]
    )
    city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=100, validators=[validate_no_control])
    postal_code = forms.CharField(
        label=gettext_lazy("Postal code"), required=False, max_length=20, validators=[validate_no_control]
    )
    latitude = _degrees(gettext_lazy("Latitude"), 90)
    longitude = _degrees(gettext_lazy("Longitude"), 180)
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), required=False)
    site_name = forms.CharField(
        label=gettext_lazy("Keep this place as"),
        required=False,
        max_length=100,
        validators=[validate_no_control],
        help_text=gettext_lazy("A name such as Warehouse. Empty: for this visit only."),
    )

    if TYPE_CHECKING:
        account: Account | None
        portal_settings: Any

    # --- What can be chosen -------------------------------------------------------------------------------------------
    @cached_property
    def places(self) -> list[PlaceChoice]:
        """Return the places of a known account; empty if the address is to be typed."""
        if self.account is None or is_new(self.account):
            return []
        line = self.account.address_line()
        own = [PlaceChoice(ACCOUNT, _("The account’s address"), line)] if line else []
        return own + [PlaceChoice(f"{SITE}{one.pk}", one.name, one.address_line()) for one in self._sites]

    @cached_property
    def _sites(self) -> list[Site]:
        return list(self.account.sites.all()) if self.account and not is_new(self.account) else []

    @property
    def chosen_place(self) -> str:
        """Return what is chosen: the first place of a known account unless somebody chose another."""
        asked: str = self.data.get("place", "")
        if not self.places:
            return NEW_PLACE
        return asked if asked in {NEW_PLACE, *(one.value for one in self.places)} else self.places[0].value

    @property
    def address_fields(self) -> list[forms.BoundField]:
        """Return the fields of an address in the order of its country."""
        return [self[name] for name in countries.field_order(self.data.get("country", ""))]

    @property
    def zone_choices(self) -> list[str]:
        """Return the zones to choose from, if neither coordinates nor country say which one it is."""
        if self._place_zone() or self.chosen_place != NEW_PLACE:
            return []
        return countries.zones_of(self.data.get("country", "")) or [self.portal_settings.time_zone]

    @property
    def shown_zone(self) -> str:
        asked: str = self.data.get("time_zone", "")
        known = self.zone_choices
        if asked in known:
            return asked
        company: str = self.portal_settings.time_zone
        return company if company in known else (known[0] if len(known) == 1 else "")

    def _place_zone(self) -> str:
        data = self.cleaned_data
        if data.get("latitude") is not None and data.get("longitude") is not None:
            found = countries.zone_at(data["latitude"], data["longitude"])
            if found:
                return found
        return countries.zone_of(data.get("country", ""))

    # --- What is stored -----------------------------------------------------------------------------------------------
    def put_place(self, order: WorkOrder) -> None:
        """Write the chosen place to a work order, and to its account if that is new."""
        chosen, account = self.chosen_place, order.account
        if chosen == ACCOUNT:
            return
        if chosen.startswith(SITE):
            site = next(one for one in self._sites if f"{SITE}{one.pk}" == chosen)
            _copy(site, order)
            order.time_zone = site.time_zone or account.time_zone
            return
        self._put_typed(order, account)

    def _put_typed(self, order: WorkOrder, account: Account) -> None:
        data = self.cleaned_data
        if (data.get("latitude") is None) != (data.get("longitude") is None):
            self.add_error("latitude", _("Write both latitude and longitude, or neither."))
        if not data.get("street") and "street" not in self.errors:
            self._lacks("street", _("Write the street, so that the technician finds it."))
        if not data.get("city") and "city" not in self.errors:
            self._lacks("city", _("Write the city."))
        zone = self._place_zone() or self.shown_zone
        if not zone:
            self._lacks("time_zone", _("Choose the time zone: this country has several."))
        target: Address = account if is_new(account) else order
        for name in ADDRESS:
            value = data.get(name)
            setattr(target, name, ("" if name not in ("latitude", "longitude") else None) if value is None else value)
        target.time_zone = zone or self.portal_settings.time_zone

    def _lacks(self, field: str, words: str) -> None:
        self.add_error(field, ValidationError(words, code="required"))

    def site_to_keep(self, order: WorkOrder) -> Site | None:
        """Return the further site that the typed address is to be kept as."""
        name: str = self.cleaned_data.get("site_name", "")
        if not name or is_new(order.account) or self.chosen_place != NEW_PLACE or not self.places:
            return None
        site = Site(id=uuid.uuid4(), account=order.account, name=name, time_zone=order.time_zone)
        _copy(order, site)
        return site

    def clean_site_name(self) -> str:
        return str(self.cleaned_data["site_name"]).strip()


def _copy(source: Address, target: Address) -> None:
    for name in ADDRESS:
        setattr(target, name, getattr(source, name))
