"""Accounts: the customers as organisations or households, with the addresses of their visits."""

import uuid

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fsportal.lib import countries
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import validate_zone


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

    class Meta:
        abstract = True

    def address_line(self) -> str:
        """Return the address on one line, in the order in which its country writes it."""
        parts = {"street": self.street, "city": self.city, "postal_code": self.postal_code}
        return ", ".join([*countries.address_lines(self.country, parts), *filter(None, [self.country])])

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
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_site_of_a_name")]

    def __str__(self) -> str:
        return self.name
