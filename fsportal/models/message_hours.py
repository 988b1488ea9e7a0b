"""The hours in which messages about visits may go out, by channel. They are hours of the visit's place."""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

EIGHT, TWENTY = dt.time(8), dt.time(20)


@dataclass(frozen=True)
class Hours:
    """When messages may go out on one channel; without `opens` and `closes` at any time of the day."""

    opens: dt.time | None
    closes: dt.time | None
    at_weekends: bool
    on_holidays: bool

    @property
    def are_limited(self) -> bool:
        return self.opens is not None or not (self.at_weekends and self.on_holidays)

    @property
    def nightly_pause(self) -> dt.timedelta:
        """Return the time from one day's end to the next day's beginning; an hour longer when clocks go back."""
        if self.opens is None or self.closes is None:
            return dt.timedelta()
        day = dt.date(2000, 1, 1)
        open_for = dt.datetime.combine(day, self.closes) - dt.datetime.combine(day, self.opens)
        return dt.timedelta(days=1) - open_for + dt.timedelta(hours=1)


class MessageHours(models.Model):
    """The fields of the settings record; each of them is one channel's."""

    sms_from = models.TimeField(
        _("text messages from"), null=True, blank=True, default=dt.time(8), db_default=dt.time(8)
    )
    sms_until = models.TimeField(
        _("text messages until"), null=True, blank=True, default=dt.time(20), db_default=dt.time(20)
    )
    sms_at_weekends = models.BooleanField(_("text messages also at weekends"), default=True, db_default=True)
    sms_on_holidays = models.BooleanField(_("text messages also on public holidays"), default=True, db_default=True)
    email_from = models.TimeField(_("emails from"), null=True, blank=True)
    email_until = models.TimeField(_("emails until"), null=True, blank=True)
    email_at_weekends = models.BooleanField(_("emails also at weekends"), default=True, db_default=True)
    email_on_holidays = models.BooleanField(_("emails also on public holidays"), default=True, db_default=True)

    class Meta:
        abstract = True

    def hours(self, channel: str) -> Hours:
        return Hours(
            getattr(self, f"{channel}_from"),
            getattr(self, f"{channel}_until"),
            getattr(self, f"{channel}_at_weekends"),
            getattr(self, f"{channel}_on_holidays"),
        )

    def check_hours(self) -> None:
        """Raise ValidationError for hours that have one end only, or end before they begin."""
        errors = {}
        for channel in ("sms", "email"):
            hours = self.hours(channel)
            if (hours.opens is None) != (hours.closes is None):
                errors[f"{channel}_until"] = _("Enter both times, or none: then messages go out at any hour.")
            elif hours.opens is not None and hours.closes is not None and hours.closes <= hours.opens:
                errors[f"{channel}_until"] = _("This must be later than “from”, on the same day.")
        if errors:
            raise ValidationError(errors)
