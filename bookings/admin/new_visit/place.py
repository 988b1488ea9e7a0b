"""Where: the account's address, one of its sites, or an address that is typed."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.geocoding import AskedAddress, LookUp, Precision, look_up
from bookings.geocoding.google import Google
from bookings.models import GeocodedAddress, WorkOrder
from bookings.new_visits import is_new
from fsportal.lib import countries
from fsportal.lib.text import validate_no_control
from fsportal.models import Account, Address, Site
from fsportal.settings_area.addresses import CountryField

ACCOUNT, NEW_PLACE, SITE = "account", "new", "site:"
ADDRESS = ("street", "postal_code", "city", "country", "latitude", "longitude")
SOURCE = ("place_key", "place_source", "place_until")


@dataclass(frozen=True)
class PlaceChoice:
    value: str
    label: str
    line: str


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
    #: The address for which a geocoder found the coordinates that the form shows.
    found_key = forms.CharField(required=False, widget=forms.HiddenInput)
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), required=False)
    site_name = forms.CharField(
        label=gettext_lazy("Keep this place as"),
        required=False,
        max_length=100,
        validators=[validate_no_control],
        help_text=gettext_lazy("A name such as Warehouse. Empty: for this visit only."),
    )

    #: What came of asking where the typed address is, in a sentence.
    place_words: str = ""

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
        self._find_place()
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
        self._note_source(target)

    # --- Coordinates --------------------------------------------------------------------------------------------------
    @property
    def can_locate(self) -> bool:
        return bool(settings.GEOCODERS)

    def _typed_address(self) -> AskedAddress:
        data = self.cleaned_data
        return AskedAddress(*(data.get(name, "") for name in ("street", "postal_code", "city", "country")))

    def _find_place(self) -> None:
        """Take over what is known of the typed address; ask the geocoders if the form says so (`locate`)."""
        asked, data = self._typed_address(), self.cleaned_data
        known = GeocodedAddress.objects.in_bulk({asked.key, data.get("found_key", "")})
        if data.get("found_key") != asked.key and _is_at(known.get(data.get("found_key", "")), data):
            self._set_place(None)  # it was found for another address
        if data.get("latitude") is not None or not asked.can_be_asked:
            return
        if "locate" in self.data:
            self._say(look_up(asked), asked.key)
        elif (row := known.get(asked.key)) is not None and row.is_precise:
            self._set_place((row.latitude, row.longitude), asked.key)

    def _say(self, found: LookUp, key: str) -> None:
        place = found.place
        if place is not None and place.is_precise:
            self._set_place((place.latitude, place.longitude), key)
            exact = place.precision == Precision.HOUSE
            self.place_words = _("The address was found.") if exact else _("The street was found, but not the house.")
        elif place is not None:
            self.place_words = _("The street was not found; the town was. Check it, or set the place by hand.")
        elif found.is_final:
            self.place_words = _("This address was not found. Check it, or set the place by hand.")
        else:
            self.place_words = _("The place cannot be looked up just now. It is done later, by itself.")

    def _set_place(self, point: tuple[float | None, float | None] | None, key: str = "") -> None:
        data: Any = self.data
        for name, value in zip(("latitude", "longitude"), point or (None, None), strict=True):
            self.cleaned_data[name], data[name] = value, "" if value is None else str(value)
        self.cleaned_data["found_key"] = data["found_key"] = key

    def _note_source(self, target: Address) -> None:
        """Note who gave the coordinates: a geocoder for this address, or else a person."""
        row = GeocodedAddress.objects.filter(pk=target.address_key()).first()
        if target.coordinates is None:
            return
        target.place_key = target.address_key()
        if row is not None and _is_at(row, self.cleaned_data):
            target.place_source, target.place_until = row.source, row.until if row.source == Google.name else None

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


def _is_at(row: GeocodedAddress | None, data: dict[str, Any]) -> bool:
    return row is not None and (row.latitude, row.longitude) == (data.get("latitude"), data.get("longitude"))


def _copy(source: Address, target: Address) -> None:
    for name in (*ADDRESS, *SOURCE):
        setattr(target, name, getattr(source, name))
