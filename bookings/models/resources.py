"""Resources: the technicians who go to the customers."""

import datetime as dt
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.eta.base import Point
from bookings.models.holiday_code import validate_holiday_code
from fsportal.lib.phones import validate_e164
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import validate_zone
from fsportal.models import PortalSettings, User

#: An older position says little about where the technician is now.
FRESH = dt.timedelta(minutes=15)
LATITUDE = [MinValueValidator(-90), MaxValueValidator(90)]
LONGITUDE = [MinValueValidator(-180), MaxValueValidator(180)]


def office_hours() -> dict[str, list[str]]:
    """Return working hours for Monday (0) to Friday (4), by the resource's clock."""
    return {str(day): ["08:00", "17:00"] for day in range(5)}


class Team(models.Model):
    """Technicians who are planned together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_no_control])

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Resource(models.Model):
    """A technician: when they work, where they start, and where they were last seen."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_no_control])
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="resource",
        verbose_name=_("user"),
    )
    photo = models.ImageField(_("photo"), upload_to="resources/", blank=True)
    main_phone = models.CharField(_("main phone"), max_length=16, blank=True, validators=[validate_e164])
    working_hours = models.JSONField(_("working hours"), default=office_hours)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        validators=[validate_zone],
        help_text=_("By whose clock they work. Without one they are never offered to customers."),
    )
    start_latitude = models.FloatField(_("start latitude"), null=True, blank=True, validators=LATITUDE)
    start_longitude = models.FloatField(_("start longitude"), null=True, blank=True, validators=LONGITUDE)
    last_latitude = models.FloatField(_("last known latitude"), null=True, blank=True, validators=LATITUDE)
    last_longitude = models.FloatField(_("last known longitude"), null=True, blank=True, validators=LONGITUDE)
    last_accuracy = models.FloatField(_("accuracy of the last known place, metres"), null=True, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    incident_types = models.ManyToManyField(
        "bookings.IncidentType",
        blank=True,
        related_name="resources",
        verbose_name=_("does this work"),
        help_text=_("None chosen: all of it. Staff may send them to other work all the same, with a reason."),
    )
    skills = models.ManyToManyField(
        "bookings.Skill",
        blank=True,
        related_name="resources",
        verbose_name=_("skills"),
    )
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, blank=True, related_name="resources", verbose_name=_("team")
    )
    travel_radius = models.PositiveIntegerField(
        _("travel radius"),
        null=True,
        blank=True,
        help_text=_("How far from the start place, in the unit of the settings. Empty: as the settings say."),
    )
    public_holidays = models.CharField(
        _("public holidays of"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        validators=[validate_holiday_code],
        help_text=_("A country, or a country and its region, such as GB or DE-BY. Empty: works on public holidays."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("technician")
        verbose_name_plural = _("technicians")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def zone_of(cls, user: User) -> str:
        """Return the zone of the technician who signs in as `user`; empty if there is none."""
        return cls.objects.filter(user=user).values_list("time_zone", flat=True).first() or ""

    @property
    def clock_zone(self) -> str:
        """Return the zone of the technician's pages: their own, or else the company's."""
        return self.time_zone or PortalSettings.load().time_zone

    def is_seen(self, now: dt.datetime) -> bool:
        """Tell whether `last_place` still says where the technician is."""
        return self.last_seen_at is not None and now - self.last_seen_at < FRESH

    @property
    def last_place(self) -> Point | None:
        return _point(self.last_latitude, self.last_longitude)

    @property
    def start_place(self) -> Point | None:
        return _point(self.start_latitude, self.start_longitude)

    def lock(self) -> bool:
        """Keep others from booking this technician until the caller's transaction ends; False if the row is gone.

        Always lock the technician before the booking, never after. NO KEY: a verb that names the technician in the
        history then does not wait for us while we wait for its booking. SQLite has no row locks; there IMMEDIATE
        transactions run one after the other.
        """
        return type(self).objects.select_for_update(no_key=True).filter(pk=self.pk).first() is not None


def _point(latitude: float | None, longitude: float | None) -> Point | None:
    return None if latitude is None or longitude is None else (latitude, longitude)
