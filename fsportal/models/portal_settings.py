"""The one Customer Portal settings record (docs/domain.md, Customer Portal settings)."""

import datetime as dt
import time
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib import countries
from fsportal.lib.fields import HttpsURLField
from fsportal.lib.phones import country_allowed, is_costly
from fsportal.lib.zones import validate_zone
from fsportal.models.brand_settings import BrandSettings
from fsportal.models.confirmation_settings import ConfirmationSettings
from fsportal.models.consent import Channel
from fsportal.models.contacts import Contact
from fsportal.models.in_app_settings import InAppSettings
from fsportal.models.message_hours import MessageHours
from fsportal.models.text_limits import TextLimits

#: Seconds for which a process uses the record again without reading it.
REMEMBERED_FOR = 1.0


#: It takes a while, and is asked for every message and page.
_country_of_phone = lru_cache(maxsize=8)(countries.country_of_phone)


class CommunicationType(models.TextChoices):
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")
    BOTH = "both", _("Email and SMS")


class SendTo(models.TextChoices):
    """Who is told about a work order without a *reported by* contact."""

    PRIMARY = "primary", _("The account's primary contact")
    CONTACT = "contact", _("The contact chosen below")
    NOBODY = "nobody", _("Nobody")


class InviteWhom(models.TextChoices):
    """Which contacts of active accounts get the self-scheduling invite automatically."""

    NEW = "new", _("New contacts only")
    ALL = "all", _("New and existing contacts")


class DistanceUnit(models.TextChoices):
    KM = "km", _("kilometres")
    MILES = "mi", _("miles")


class LocationPrecision(models.TextChoices):
    EXACT = "exact", _("Exact")
    ABOUT = "about", _("To about 300 metres")
    OFF = "off", _("Not at all: arrival time only")


class Remembered:
    """The settings record in the memory of this process, for all its threads."""

    def __init__(self) -> None:
        self._found: tuple[PortalSettings, float] | None = None
        self._changes = 0

    def get(self, load: Callable[[], "PortalSettings"]) -> "PortalSettings":
        found = self._found
        if found is not None and time.monotonic() < found[1]:
            return found[0]
        changes, until = self._changes, time.monotonic() + REMEMBERED_FOR
        record = load()
        if changes == self._changes:  # otherwise it was changed while it was read
            self._found = record, until
        return record

    def forget(self) -> None:
        """Call once the record has changed, and again after the commit."""
        self._changes += 1
        self._found = None


remembered = Remembered()


class PortalSettingsQuerySet(models.QuerySet["PortalSettings"]):
    def update(self, **values: Any) -> int:
        changed = super().update(**values)
        _forget()
        return changed


def _forget() -> None:
    remembered.forget()
    transaction.on_commit(remembered.forget)


class PortalSettings(BrandSettings, ConfirmationSettings, MessageHours, TextLimits, InAppSettings):
    """The one settings record, Settings > Customer Portal."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)

    # Configuration
    portal_name = models.CharField(_("portal name"), max_length=100, default="Field Service Portal")
    time_zone = models.CharField(
        _("company time zone"),
        max_length=64,
        default="UTC",
        db_default="UTC",
        validators=[validate_zone],
        help_text=_(
            "Days and times in the Settings area are by this clock. Visits keep the zone of their address,"
            " technicians' pages that of the technician."
        ),
    )
    track_my_technician = models.BooleanField(_("Track My Technician"), default=True)
    self_scheduling = models.BooleanField(_("Self Scheduling"), default=False)
    auto_invite = models.BooleanField(
        _("send the self-scheduling invite automatically"),
        default=False,
        help_text=_("To contacts of active accounts. One email address gets it once, ever."),
    )
    auto_invite_whom = models.CharField(
        _("automatic invite goes to"), max_length=3, choices=InviteWhom.choices, default=InviteWhom.NEW
    )
    #: Contacts made after this moment are new ones: when the automatic invite was switched on.
    auto_invite_since = models.DateTimeField(null=True, editable=False)
    invitation_days = models.PositiveSmallIntegerField(
        _("invitations can be redeemed for, days"),
        default=30,
        help_text=_("For invitations made with one click or automatically. 0: they do not expire."),
    )
    send_invitation = models.BooleanField(_("Invitation"), default=True)
    send_booking_confirmed = models.BooleanField(_("Booking confirmed"), default=True)
    send_booked = models.BooleanField(_("Booked"), default=True, db_default=True)
    send_upcoming = models.BooleanField(_("Upcoming booking"), default=True)
    send_traveling = models.BooleanField(_("Traveling"), default=True)
    send_delayed = models.BooleanField(_("Running late"), default=True)
    send_completed = models.BooleanField(_("Booking completed"), default=True)
    send_rescheduled = models.BooleanField(_("Booking rescheduled"), default=True)
    send_canceled = models.BooleanField(_("Booking canceled"), default=True)
    send_reopened = models.BooleanField(
        _("Booking reopened"),
        default=True,
        db_default=True,
        help_text=_("To whoever was told that the visit is canceled or completed, when it goes on after all."),
    )
    reminder_lead_days = models.PositiveSmallIntegerField(
        _("reminder lead time, days"),
        default=7,
        validators=[MaxValueValidator(7)],
        help_text=_("0 to 7. 0 turns reminders off and leaves the other messages on."),
    )
    reminder_time = models.TimeField(_("reminders run at (UTC)"), default=dt.time(10, 0))
    reminder_in_site_zone = models.BooleanField(
        _("at that time in the zone of the visit's place, not in UTC"), default=False, db_default=False
    )
    repeat_gap_hours = models.PositiveSmallIntegerField(
        _("no reminder of what was said within, hours"),
        default=24,
        db_default=24,
        help_text=_("A customer who was told the same time so recently is not reminded of it."),
    )
    communication_type = models.CharField(
        _("communication type"), max_length=5, choices=CommunicationType.choices, default=CommunicationType.BOTH
    )
    send_messages_to = models.CharField(
        _("Send messages to"),
        max_length=7,
        choices=SendTo.choices,
        default=SendTo.PRIMARY,
        help_text=_("Who is told when a work order names no reported-by contact."),
    )
    fallback_contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("fallback contact")
    )
    survey_url = HttpsURLField(
        _("survey link"), blank=True, help_text=_("Offered to the customer when the booking is complete.")
    )
    review_url = HttpsURLField(
        _("public review page"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Offered to everybody who rated a visit, whatever the rating."),
    )
    guest_list = models.TextField(
        _("guest list"),
        blank=True,
        help_text=_("Email addresses and phone numbers, one per line: the only ones reached in guest-list mode."),
    )

    # Sign-in
    staff_second_factor = models.BooleanField(
        _("staff need a second factor"),
        default=False,
        help_text=_("Staff set up a passkey or an authenticator app before they can go on."),
    )

    # Track My Technician
    show_map = models.BooleanField(_("show the map"), default=True)
    location_precision = models.CharField(
        _("position on the map"), max_length=5, choices=LocationPrecision.choices, default=LocationPrecision.EXACT
    )
    positions_kept_hours = models.PositiveSmallIntegerField(
        _("positions are kept for, hours"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text=_("Then they are deleted. Customers see them only while the technician travels to them."),
    )
    slip_minutes = models.PositiveSmallIntegerField(
        _("tell of delays longer than, minutes"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text=_(
            "Customers are told once more when the technician arrives so much later than they were told, dispatchers"
            " when a visit begins so much later than planned."
        ),
    )
    show_resource_name = models.BooleanField(_("show the technician's name"), default=True)
    show_resource_image = models.BooleanField(_("show the technician's picture"), default=True)
    show_resource_phone = models.BooleanField(_("show the technician's phone"), default=True)

    # Self Scheduling
    min_lead_days = models.PositiveSmallIntegerField(
        _("minimum lead time, days"),
        default=1,
        help_text=_("A day is 24 hours by the clock: with 1, at 18:00 nothing before 18:00 tomorrow is offered."),
    )
    min_lead_hours = models.PositiveSmallIntegerField(
        _("and hours"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(23)],
        help_text=_("0 to 23, added to the days of the minimum."),
    )
    max_lead_days = models.PositiveSmallIntegerField(_("maximum lead time, days"), default=30)
    asset_choice = models.BooleanField(
        _("asset choice"), default=False, help_text=_("Who books is asked which device it is about.")
    )
    additional_details = models.BooleanField(_("additional details"), default=True)
    travel_radius = models.PositiveSmallIntegerField(_("travel radius"), default=50, validators=[MinValueValidator(1)])
    travel_radius_unit = models.CharField(
        _("unit of the travel radius"), max_length=2, choices=DistanceUnit.choices, default=DistanceUnit.KM
    )

    # What is kept how long
    messages_kept_days = models.PositiveSmallIntegerField(
        _("words of messages are kept for, days"),
        default=90,
        db_default=90,
        help_text=_(
            "Then the words and addresses of messages to customers are deleted; that one was sent, and when, stays."
            " Those about a visit stay at least until 30 days after it. 0: for ever."
        ),
    )
    audit_kept_days = models.PositiveSmallIntegerField(
        _("the audit trail is kept for, days"), default=0, db_default=0, help_text=_("0: for ever.")
    )

    #: Since when the index no longer shows the first hour's checklist (fsportal/settings_area/checklist.py).
    checklist_put_away_at = models.DateTimeField(null=True, editable=False)
    #: WhoAmI's OrganizationId for clients of the Web API; stays when address or keys change.
    installation_id = models.UUIDField(default=uuid.uuid4, editable=False)

    objects = PortalSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("Customer Portal settings")
        verbose_name_plural = _("Customer Portal settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_portal_settings"),
            models.CheckConstraint(
                condition=models.Q(reminder_lead_days__lte=7), name="reminder_lead_days_at_most_seven"
            ),
            models.CheckConstraint(
                condition=models.Q(min_lead_days__lte=models.F("max_lead_days")),
                name="lead_days_min_not_above_max",
                violation_error_message=_("The minimum lead time must not be above the maximum lead time."),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Customer Portal settings"))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Note when the automatic invite was switched on: for "new contacts only", later contacts are new.

        Switching it off and on starts over. The stored record decides, since this instance may be out of date.
        """
        stored = type(self).objects.filter(pk=self.pk, auto_invite=True).first() if self.auto_invite else None
        since = stored.auto_invite_since if stored else None
        self.auto_invite_since = (since or timezone.now()) if self.auto_invite else None
        fields = kwargs.get("update_fields")
        if fields is not None and "auto_invite" in fields:
            kwargs["update_fields"] = {*fields, "auto_invite_since"}
        super().save(*args, **kwargs)
        _forget()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the record: the defaults apply."""
        deleted = super().delete(*args, **kwargs)
        _forget()
        return deleted

    @classmethod
    def load(cls, *fields: str) -> "PortalSettings":
        """Return the record, or its defaults if nothing was ever saved. Writes nothing, so a GET may call it.

        With `fields` only those columns are read, for callers that ask very often.
        """
        rows = cls.objects.only(*fields) if fields else cls.objects.all()
        return rows.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def of(cls, request: HttpRequest) -> "PortalSettings":
        """Return the one record as it was when this request first asked for it. Do not change it: requests share it.

        Staff, who may have changed it a moment ago, get it as it is. Everybody else may get it as it was REMEMBERED_FOR
        ago: open pages ask too often to read it each time.
        """
        if not hasattr(request, "portal_settings"):
            user = getattr(request, "user", None)
            is_staff = user is not None and user.is_authenticated and user.is_staff
            found = cls.load() if is_staff else remembered.get(cls.load)
            request.portal_settings = found  # type: ignore[attr-defined]
        return request.portal_settings  # type: ignore[attr-defined, no-any-return]

    @property
    def home_country(self) -> str:
        """Return the company's own country as its time zone tells it, or else its phone number; empty if neither does.

        Customers do not read its name in addresses.
        """
        return countries.country_of(self.time_zone) or _country_of_phone(self.contact_phone)

    def may_text(self, number: str) -> bool:
        """Tell whether texts may go to a number (E.164): a person's, in one of the allowed countries.

        Without SMS_COUNTRIES that is the company's own; any, if neither its time zone nor its phone tells which.
        """
        allowed = settings.SMS_COUNTRIES or [own for own in [self.home_country] if own]
        return not is_costly(number) and country_allowed(number, allowed)

    def invitation_ends(self, now: dt.datetime) -> dt.datetime | None:
        """Return when an invitation made at `now` expires, or None if it does not."""
        return now + dt.timedelta(days=self.invitation_days) if self.invitation_days else None

    @property
    def channels(self) -> list[str]:
        return Channel.values if self.communication_type == CommunicationType.BOTH else [self.communication_type]

    def sends(self, event: str) -> bool:
        """Tell whether the message for `event` is switched on; an event without a switch is always sent."""
        if event == "upcoming" and self.reminder_lead_days == 0:
            return False
        return bool(getattr(self, f"send_{event}", True))

    def clean(self) -> None:
        """Refuse colours below WCAG AA, naming the nearest that passes, and a fallback without its contact."""
        self.check_hours()
        errors = self.check_colours()
        if self.send_messages_to == SendTo.CONTACT and self.fallback_contact is None:
            errors["fallback_contact"] = str(_("Choose the contact who is told, or change “Send messages to”."))
        if errors:
            raise ValidationError(errors)
