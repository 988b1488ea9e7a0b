"""Work orders and their types."""

import uuid

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bookings.models.numbers import NumberSeries
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import supported_language
from fsportal.models import Account, Address, AuditKind, Contact
from fsportal.models.accounts import EXPIRING, UNPLACED

#: Half a day. Free times look that far beyond the visits of a day (bookings/availability/places.py).
MOST_BUFFER_MINUTES = 720


class WorkOrderType(models.Model):
    """A kind of work order; customers are told nothing about work of an excluded type."""

    audit_kind = AuditKind.SETTINGS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_no_control])
    is_excluded = models.BooleanField(_("on the exclusion list"), default=False)

    class Meta:
        verbose_name = _("work order type")
        verbose_name_plural = _("work order types")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """What a technician must know or be allowed to do for some services; Dynamics' *characteristic*."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_no_control])

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class IncidentType(models.Model):
    """What is done at a visit; customers read it as the *service*."""

    audit_kind = AuditKind.SETTINGS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name for customers"), max_length=100, unique=True, validators=[validate_no_control])
    #: Its name in other languages, by language tag.
    names = models.JSONField(_("names in other languages"), default=dict, blank=True, db_default={})
    duration_minutes = models.PositiveIntegerField(
        _("estimated duration, minutes"), default=60, validators=[MinValueValidator(1)]
    )
    default_work_order_type = models.ForeignKey(
        WorkOrderType, models.SET_NULL, null=True, blank=True, verbose_name=_("default work order type")
    )
    is_offered = models.BooleanField(_("offered in the portal"), default=False)
    # What customers may do by themselves with a scheduled visit of this type (bookings/self_service/policy.py).
    customers_may_change = models.BooleanField(_("customers may change the time"), default=True)
    customers_may_cancel = models.BooleanField(_("customers may cancel"), default=True)
    cutoff_hours = models.PositiveSmallIntegerField(
        _("cut-off, hours before the start"),
        default=24,
        help_text=_("From then on customers ask, and a person decides. 0: until the visit begins."),
    )
    cancel_cutoff_hours = models.PositiveSmallIntegerField(
        _("cut-off for canceling, hours before the start"),
        null=True,
        blank=True,
        help_text=_("Empty: the same as for changes."),
    )
    skills = models.ManyToManyField(
        Skill, blank=True, related_name="incident_types", verbose_name=_("skills that it asks for")
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        _("free before the visit, minutes"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_BUFFER_MINUTES)],
        help_text=_("Besides the drive."),
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        _("free after the visit, minutes"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_BUFFER_MINUTES)],
        help_text=_("Besides the drive."),
    )
    window_minutes = models.PositiveSmallIntegerField(
        _("arrival window, minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(30), MaxValueValidator(720)],
        help_text=_("Customers are told a window of this length instead of the minute. Empty: the minute."),
    )
    max_changes = models.PositiveSmallIntegerField(
        _("changes by the customer"),
        null=True,
        blank=True,
        help_text=_("How often a customer may move one visit. Empty: as often as they like."),
    )

    class Meta:
        verbose_name = _("incident type")
        verbose_name_plural = _("incident types")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(duration_minutes__gt=0), name="incident_type_takes_time")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def local_name(self) -> str:
        """Return the name in the active language: that of a customer's message or page."""
        names: dict[str, str] = self.names
        return (names and names.get(supported_language(get_language() or ""))) or self.name


class WorkOrder(Address):
    """Work for an account. Its own address is optional; without one the work is at the account's address.

    The database, too, makes sure that `reported_by` is a contact of the same account (bookings/triggers.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("number"), max_length=50, unique=True, validators=[validate_no_control])
    account = models.ForeignKey(Account, models.PROTECT, related_name="work_orders", verbose_name=_("account"))
    incident_type = models.ForeignKey(IncidentType, models.PROTECT, verbose_name=_("incident type"))
    work_order_type = models.ForeignKey(
        WorkOrderType, models.PROTECT, null=True, blank=True, verbose_name=_("work order type")
    )
    reported_by = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="work_orders", verbose_name=_("reported by")
    )
    notes = models.TextField(_("notes"), blank=True, help_text=_("For the technician; customers do not see them."))
    #: Since when it waits for somebody to plan a visit; None if one is planned, was made, or nobody wants one.
    waits_since = models.DateTimeField(_("to be planned since"), null=True, blank=True, editable=False)
    request = models.TextField(_("what the customer asked for"), max_length=1000, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        ordering = ["-created_at"]
        indexes = [
            # With the number, so that the newest with a part of one are found in the index alone.
            models.Index(fields=["-created_at", "number", "id"], name="work_order_newest_number"),
            models.Index(
                fields=["waits_since"], name="work_order_waits", condition=models.Q(waits_since__isnull=False)
            ),
            models.Index(fields=["-created_at"], name="work_order_unplaced", condition=UNPLACED),
            models.Index(fields=["place_until"], name="work_order_place_until", condition=EXPIRING),
        ]

    def __str__(self) -> str:
        return self.number

    def clean(self) -> None:
        if self.reported_by and self.account_id and self.reported_by.account_id != self.account_id:
            raise ValidationError({"reported_by": _("Choose a contact of the work order's own account.")})

    @classmethod
    def next_number(cls, series: str) -> str:
        """Return the next free number of a series, such as "P-000123"."""
        number = NumberSeries.following(series)
        while cls.objects.filter(number=number).exists():  # an imported number may look like ours
            number = NumberSeries.following(series)
        return number

    @property
    def site(self) -> Address:
        """Return the place of work: this work order's own address, or else the account's."""
        own = self.street or self.city or self.coordinates is not None
        return self if own else self.account

    @property
    def zone_name(self) -> str:
        return self.time_zone or self.account.time_zone
