"""Series: visits that repeat, by a rule. The worker makes each of them ahead of time (bookings/series/)."""

import datetime as dt
import uuid
from collections.abc import Iterator
from itertools import islice, takewhile

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.resources import Resource
from bookings.models.window import instant
from bookings.models.work import IncidentType, WorkOrder
from fsportal.lib.text import validate_no_control
from fsportal.models import Account, Address, Contact

MINUTE = dt.timedelta(minutes=1)
#: The first day of the month that every month has, and after which "on this day" means: or else on its last one.
SHORTEST_MONTH = 28


class Unit(models.TextChoices):
    DAY = "day", _("days")
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")
    YEAR = "year", _("years")


class Series(Address):
    """Visits that repeat: what, for whom, where, and on which days by the calendar of the place.

    It repeats from the first day on, on the same weekday (or on `weekdays`), day of the month or day of the year. The
    address is that of the work orders; an empty one is the account's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, validators=[validate_no_control])
    account = models.ForeignKey(Account, models.PROTECT, related_name="series", verbose_name=_("account"))
    incident_type = models.ForeignKey(IncidentType, models.PROTECT, verbose_name=_("incident type"))
    resource = models.ForeignKey(
        Resource, models.SET_NULL, null=True, blank=True, related_name="series", verbose_name=_("technician")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="series", verbose_name=_("reported by")
    )
    notes = models.TextField(_("notes for the technician"), blank=True)

    first_day = models.DateField(_("first day"))
    start_time = models.TimeField(_("start, by the clock of the place"))
    minutes = models.PositiveIntegerField(_("length, minutes"), validators=[MinValueValidator(1)])
    every = models.PositiveSmallIntegerField(
        _("every"), default=1, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    unit = models.CharField(_("unit"), max_length=5, choices=Unit.choices, default=Unit.WEEK)
    #: Digits, Monday is 0; empty: the weekday of the first day.
    weekdays = models.CharField(_("on these weekdays"), max_length=7, blank=True)
    on_nth_weekday = models.BooleanField(_("on the same weekday of the month, not on the same date"), default=False)
    #: Any working day from the day on for so many days: "yearly in spring". The start time does not count then.
    season_days = models.PositiveSmallIntegerField(
        _("on any working day within so many days"), null=True, blank=True, validators=[MaxValueValidator(366)]
    )
    skips_holidays = models.BooleanField(
        _("not on weekends and public holidays, but on the next working day"), default=False
    )
    is_quiet = models.BooleanField(
        _("tell the customer of each visit by the reminders only"),
        default=False,
        help_text=_("Otherwise each visit is announced when it is made, some weeks ahead."),
    )
    until = models.DateField(_("last day"), null=True, blank=True)
    count = models.PositiveSmallIntegerField(_("number of visits"), null=True, blank=True)

    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    #: The last day up to which its visits were made.
    made_until = models.DateField(null=True, editable=False)
    #: The series that it was split from.
    follows = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="followed_by")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("repeating visit")
        verbose_name_plural = _("repeating visits")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["made_until"], name="series_to_make", condition=models.Q(paused_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone_name(self) -> str:
        return self.time_zone or self.account.time_zone

    @property
    def site(self) -> Address:
        own = self.street or self.city or self.coordinates is not None
        return self if own else self.account

    @property
    def length(self) -> dt.timedelta:
        return self.minutes * MINUTE

    def start_on(self, day: dt.date) -> dt.datetime:
        """Return the start (UTC) on a day. At a time that the clock skips it begins when the clock goes on."""
        return instant(dt.datetime.combine(day, self.start_time), self.zone_name)

    def again(self) -> "Series":
        """Return another one that says the same, not saved."""
        columns = [field.attname for field in self._meta.concrete_fields if field.name not in ("id", "created_at")]
        again = Series(**{name: getattr(self, name) for name in columns})
        again.account, again.incident_type = self.account, self.incident_type
        return again

    # --- Its days -----------------------------------------------------------------------------------------------------
    def days(self, *, after: dt.date | None = None) -> Iterator[dt.date]:
        """Yield its days by the rule, in order, until its end; holidays are not skipped here."""
        first = dt.datetime.combine(self.first_day, dt.time())
        found: Iterator[dt.date] = (moment.date() for moment in self._rule(first))
        if self.count is not None:
            found = islice(found, self.count)
        if self.until is not None:
            last = self.until
            found = takewhile(lambda day: day <= last, found)
        return (day for day in found if after is None or day > after)

    def _rule(self, first: dt.datetime) -> rrule:
        day = first.day
        if self.unit == Unit.DAY:
            return rrule(DAILY, first, interval=self.every)
        if self.unit == Unit.WEEK:
            weekdays = [int(digit) for digit in self.weekdays] or [first.weekday()]
            return rrule(WEEKLY, first, interval=self.every, byweekday=weekdays)
        frequency = MONTHLY if self.unit == Unit.MONTH else YEARLY
        month = first.month if self.unit == Unit.YEAR else None
        if self.on_nth_weekday:
            # The fifth one is not in every month: then it is the last.
            number = (day - 1) // 7 + 1
            by = {"byweekday": first.weekday(), "bysetpos": number if number < 5 else -1}
            return rrule(frequency, first, interval=self.every, bymonth=month, **by)
        dates = [day] if day <= SHORTEST_MONTH else list(range(SHORTEST_MONTH, day + 1))
        return rrule(frequency, first, interval=self.every, bymonth=month, bymonthday=dates, bysetpos=-1)


class Occurrence(models.Model):
    """One visit of a series, made once: the constraint sees to that, however many workers there are.

    Without a booking its work order waits in the tray. `start` and `resource` are as they were made or last changed
    with the series: a booking that has others was changed by itself, and stays so.
    """

    series = models.ForeignKey(Series, models.CASCADE, related_name="occurrences")
    #: By the rule; a holiday may have moved the visit to a later one.
    day = models.DateField(_("day"))
    work_order = models.OneToOneField(WorkOrder, models.CASCADE, null=True, related_name="occurrence")
    booking = models.OneToOneField(Booking, models.CASCADE, null=True, related_name="occurrence")
    start = models.DateTimeField(null=True)
    resource = models.ForeignKey(Resource, models.SET_NULL, null=True, related_name="+")

    class Meta:
        default_permissions = ()
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["series", "day"], name="one_occurrence_per_series_and_day")]

    def __str__(self) -> str:
        return f"{self.series}, {self.day}"
