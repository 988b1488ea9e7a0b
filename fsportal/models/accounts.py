"""Accounts: the customers as organisations or households, with the addresses of their visits."""

import hashlib
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fsportal.lib import countries
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import validate_zone

#: What a geocoder's answer fills in.
PLACE_FIELDS = ("latitude", "longitude", "place_key", "place_source", "place_until")
#: Addresses that wait for a geocoder.
UNPLACED = Q(latitude__isnull=True, place_key="") & ~Q(street="")
#: Places whose time is up.
EXPIRING = Q(place_until__isnull=False)


def address_key(street: str, postal_code: str, city: str, country: str) -> str:
    said = "\n".join(" ".join(part.casefold().split()) for part in (street, postal_code, city, country))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


class Address(models.Model):
    """A place of work: postal address, coordinates (WGS 84 degrees) and IANA time zone."""

    street = models.CharField(_("street"), max_length=200, blank=True, validators=[validate_no_control])
    city = models.CharField(_("city"), max_length=100, blank=True, validators=[validate_no_control])
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, validators=[validate_no_control])
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Two letters, for example GB (ISO 3166-1).")
    )
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_zone],
        help_text=_("For example Europe/London. Every time that the customer reads is in this zone."),
    )

    #: For which address (its key) a geocoder was asked; empty if none was yet.
    place_key = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    #: Which geocoder found the coordinates; empty if a person or a file gave them.
    place_source = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    #: Until when its licence lets us keep them.
    place_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Forget coordinates that a geocoder found for another address than this one."""
        if self.place_key and self.place_key != self.address_key():
            self.forget_place()
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, *PLACE_FIELDS}
        super().save(*args, **kwargs)

    def forget_place(self) -> None:
        """Let the geocoders be asked again; what a person set stays."""
        if self.place_source:
            self.latitude = self.longitude = None
        self.place_key, self.place_source, self.place_until = "", "", None

    def set_by_hand(self) -> None:
        """Note that a person gave the coordinates, so that no geocoder changes them."""
        self.place_source, self.place_until = "", None
        if self.coordinates is None:
            self.place_key = ""  # taken away: a geocoder may find them

    def address_key(self) -> str:
        """Return a digest by which equal addresses are known, however they are written."""
        return address_key(self.street, self.postal_code, self.city, self.country)

    def address_line(self) -> str:
        """Return the address on one line for staff, in the order in which its country writes it."""
        return ", ".join([*self._lines(), *filter(None, [self.country])])

    def line_for_customers(self, home: str) -> str:
        """Return the address on one line, with its country's name in the active language if that is not `home`."""
        is_abroad = self.country and self.country != home
        abroad = [countries.name(self.country, get_language() or "en")] if is_abroad else []
        return ", ".join([*self._lines(), *abroad])

    def _lines(self) -> list[str]:
        parts = {"street": self.street, "city": self.city, "postal_code": self.postal_code}
        return countries.address_lines(self.country, parts)

    @property
    def coordinates(self) -> tuple[float, float] | None:
        """Return latitude and longitude in degrees, or None if either is unknown."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class Account(Address):
    """A customer organisation or household, with its service address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, db_index=True, validators=[validate_no_control])
    external_id = models.CharField(
        _("external id"), max_length=100, unique=True, null=True, blank=True, help_text=_("Its id in another system.")
    )
    primary_contact = models.ForeignKey(
        "Contact", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("primary contact")
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_excluded = models.BooleanField(
        _("on the exclusion list"),
        default=False,
        help_text=_("Nobody of an excluded account is ever sent a message."),
    )
    shares_visits = models.BooleanField(
        _("contacts see each other's visits"),
        default=False,
        help_text=_("In the portal every contact of this account sees all of its visits, not only their own."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["name"]
        indexes = [
            models.Index(fields=["-created_at"], name="account_unplaced", condition=UNPLACED),
            models.Index(fields=["place_until"], name="account_place_until", condition=EXPIRING),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(time_zone=""),
                name="account_has_time_zone",
                violation_error_message=_("Write the time zone of the service address, for example Europe/London."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True) | Q(latitude__range=(-90, 90)), name="account_latitude_on_the_globe"
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True) | Q(longitude__range=(-180, 180)),
                name="account_longitude_on_the_globe",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an empty zone, and a primary contact of another account."""
        if not self.time_zone:
            raise ValidationError({"time_zone": _("Write the zone of the service address, such as Europe/London.")})
        if self.primary_contact and self.primary_contact.account_id != self.pk:
            raise ValidationError({"primary_contact": _("The primary contact must be a contact of this account.")})


class Site(Address):
    """A further place of work of an account, such as a warehouse. Without a zone of its own it is in the account's.

    Work there has a copy of the address, so a site that changes changes no visit that was agreed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="sites", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=100, validators=[validate_no_control])

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]
        indexes = [
            models.Index(fields=["id"], name="site_unplaced", condition=UNPLACED),
            models.Index(fields=["place_until"], name="site_place_until", condition=EXPIRING),
        ]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_site_of_a_name")]

    def __str__(self) -> str:
        return self.name
