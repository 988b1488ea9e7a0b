"""Reminders before a visit: how long before, on which channels, and at what time of day."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from fsportal.lib import zones
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel

#: A time of day that leaves less than this until the visit is passed over: the reminder goes its lead time before.
AT_LEAST_BEFORE = dt.timedelta(hours=2)
LONGEST_LEAD = dt.timedelta(days=60)


class Reminder(models.Model):
    """One more reminder. The first one, which Dynamics has too, is in the settings record; `first` returns it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    portal_settings = models.ForeignKey(PortalSettings, models.CASCADE, default=1, related_name="reminders")
    is_on = models.BooleanField(_("on"), default=True)
    lead_days = models.PositiveSmallIntegerField(_("days before"), default=1)
    lead_hours = models.PositiveSmallIntegerField(_("hours before"), default=0)
    channel = models.CharField(
        _("channel"), max_length=5, blank=True, choices=[("", _("As the other messages")), *Channel.choices]
    )
    at = models.TimeField(
        _("time of day"), null=True, blank=True, help_text=_("Empty: exactly so long before the visit.")
    )
    in_site_zone = models.BooleanField(_("in the zone of the place, not in UTC"), default=True)

    asks = models.BooleanField(_("asks for confirmation"), default=False, db_default=False)
    only_unconfirmed = models.BooleanField(_("only if not confirmed yet"), default=False, db_default=False)

    class Meta:
        verbose_name = _("further reminder")
        verbose_name_plural = _("further reminders")
        ordering = ["-lead_days", "-lead_hours", "pk"]

    def __str__(self) -> str:
        return f"{self.lead_days} d {self.lead_hours} h"

    def clean(self) -> None:
        if not dt.timedelta() < self.lead <= LONGEST_LEAD:
            raise ValidationError({"lead_days": _("Choose a lead of one hour to 60 days.")})

    @classmethod
    def first(cls, portal_settings: PortalSettings) -> "Reminder":
        """Return the settings record's own reminder (Settings page, *Reminder lead time*). It has no row."""
        return cls(
            pk=None,
            is_on=portal_settings.sends("upcoming"),
            lead_days=portal_settings.reminder_lead_days,
            lead_hours=0,
            at=portal_settings.reminder_time,
            in_site_zone=portal_settings.reminder_in_site_zone,
            asks=portal_settings.reminder_asks,
        )

    @classmethod
    def all_of(cls, portal_settings: PortalSettings) -> list["Reminder"]:
        """Return the reminders that are on, the first one first."""
        first = cls.first(portal_settings)
        return [first, *cls.objects.filter(is_on=True)] if first.is_on else []

    @property
    def lead(self) -> dt.timedelta:
        return dt.timedelta(days=self.lead_days, hours=self.lead_hours)

    @property
    def occasion(self) -> str:
        """What tells its messages from those of the other reminders."""
        return str(self.pk) if self.pk else ""

    def channels(self, portal_settings: PortalSettings) -> list[str]:
        wanted = portal_settings.channels
        return [channel for channel in wanted if self.channel in ("", channel)]

    # --- When it goes -------------------------------------------------------------------------------------------------
    def moment(self, start: dt.datetime, zone_name: str, timed_at: dt.datetime | None) -> dt.datetime:
        """Return when it goes for a visit at `start` whose start was set at `timed_at` (all UTC).

        A visit that was set inside the lead time is announced at once. Hours for messages are not looked at.
        """
        opens = start - self.lead
        return timed_at if timed_at is not None and timed_at >= opens else self.regular(opens, start, zone_name)

    def regular(self, since: dt.datetime, start: dt.datetime, zone_name: str) -> dt.datetime:
        """Return its first time of day at or after `since`, or `since` if that would be too close to the start."""
        slot = self.next_slot(since, zone_name)
        return slot if slot <= start - AT_LEAST_BEFORE else since

    def next_slot(self, since: dt.datetime, zone_name: str) -> dt.datetime:
        """Return its first time of day at or after `since`."""
        if self.at is None:
            return since
        # Day by day: where clocks change, a day later is another time of day.
        return next(slot for slot in self._slots(since, zone_name, (-1, 0, 1, 2)) if slot >= since)

    def latest_slot(self, now: dt.datetime, zone_name: str) -> dt.datetime:
        """Return its last time of day at or before `now`; without one, `now`."""
        if self.at is None:
            return now
        return next(slot for slot in self._slots(now, zone_name, (1, 0, -1, -2)) if slot <= now)

    def _slots(self, around: dt.datetime, zone_name: str, days: Iterable[int]) -> Iterator[dt.datetime]:
        """Yield its time of day so many days after the day of `around`."""
        assert self.at is not None
        zone = zones.zone(zones.shown(zone_name)) if self.in_site_zone else dt.UTC
        today = around.astimezone(zone).date()
        for after in days:
            day = today + dt.timedelta(days=after)
            yield dt.datetime.combine(day, self.at, tzinfo=zone).astimezone(dt.UTC)
