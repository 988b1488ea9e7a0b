"""Which days the kept numbers of the reports are of, and which of them must be counted again."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib.chunks import Budget

#: Days that end today: much still changes in them (a delivery report, a rating), so they are counted each time.
RECENT_DAYS = 7
OLD_DAYS_EVERY = dt.timedelta(hours=20)


class CountedSubject(models.TextChoices):
    """What is counted by day."""

    VISITS = "visits", _("visits")
    MESSAGES = "messages", _("messages")


class CountedDay(models.Model):
    """One day, by the company's clock, whose numbers are kept. Today is never kept: it is counted when it is shown.

    Whoever counts or reads has activated the company's zone (`company_zone`).
    """

    subject = models.CharField(max_length=10, choices=CountedSubject.choices)
    day = models.DateField()
    #: By whose clock the day was: with another zone of the company it must be counted again.
    zone_name = models.CharField(max_length=64)
    #: None: something of that day has changed since, or it was never counted.
    counted_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["subject", "day"], name="one_count_per_subject_and_day")]

    def __str__(self) -> str:
        return f"{self.subject} {self.day}"

    @classmethod
    def fresh(cls, subject: CountedSubject, first: dt.date, last: dt.date) -> set[dt.date]:
        """Return the days from `first` to `last` whose kept numbers are true as far as is known."""
        zone_name = timezone.get_current_timezone_name()
        rows = cls.objects.filter(subject=subject, day__range=(first, last), zone_name=zone_name)
        return set(rows.exclude(counted_at=None).values_list("day", flat=True))

    @classmethod
    def count_due(
        cls,
        subject: CountedSubject,
        begun: dt.datetime | None,
        now: dt.datetime,
        budget: Budget,
        count: Callable[[dt.date], None],
    ) -> bool:
        """Call `count` for the days that are due, from that of `begun`; return whether all that is missing was counted.

        It goes on with old days as long as there is time, and so finds what changes without a verb, such as the service
        of old work.
        """
        # Where nothing is any more, numbers may still be kept.
        kept = cls.objects.filter(subject=subject).order_by("day").values_list("day", flat=True).first()
        begins = [day for day in (begun and timezone.localdate(begun), kept) if day]
        if not begins:
            return True
        first, today = min(begins), timezone.localdate(now)
        for day, must in cls._due(subject, first, today, now - OLD_DAYS_EVERY):
            if budget.is_spent:
                return not must
            count(day)
        return True

    @classmethod
    def _due(
        cls, subject: CountedSubject, first: dt.date, today: dt.date, before: dt.datetime
    ) -> Iterator[tuple[dt.date, bool]]:
        """Yield days until yesterday: not counted, newest first; recent ones; the others not counted since `before`.

        With each comes whether it must be counted in this run or the next.
        """
        zone_name = timezone.get_current_timezone_name()
        rows = cls.objects.filter(subject=subject, day__gte=first, zone_name=zone_name).exclude(counted_at=None)
        counted = dict(rows.values_list("day", "counted_at"))
        days = [first + dt.timedelta(days=offset) for offset in range((today - first).days)]
        yield from ((day, True) for day in reversed(days) if day not in counted)
        yield from ((day, True) for day in reversed(days[-RECENT_DAYS:]) if day in counted)
        old = (day for day in days[:-RECENT_DAYS] if day in counted and counted[day] < before)
        yield from ((day, False) for day in sorted(old, key=lambda day: (counted[day], day)))

    @classmethod
    @contextmanager
    def counting(cls, subject: CountedSubject, day: dt.date, now: dt.datetime) -> Iterator[None]:
        """Replace the numbers of a day inside; two workers do so one after the other.

        The lock comes before anything is read: what a verb changes later marks the day again.
        """
        zone_name = timezone.get_current_timezone_name()
        with transaction.atomic():
            CountedDay.objects.bulk_create(
                [CountedDay(subject=subject, day=day, zone_name=zone_name)], ignore_conflicts=True
            )
            mine = cls.objects.select_for_update().get(subject=subject, day=day)
            yield
            mine.zone_name, mine.counted_at = zone_name, now
            mine.save(update_fields=["zone_name", "counted_at"])

    @classmethod
    def mark(cls, subject: CountedSubject, days: Iterable[dt.date]) -> None:
        """Note that something of these days has changed, in the caller's transaction."""
        rows = cls.objects.filter(Q(subject=subject, day__in=set(days)), counted_at__isnull=False)
        # Always in one order, so that two files wait for each other instead of deadlocking.
        keys = list(rows.order_by("day").select_for_update().values_list("pk", flat=True))
        if keys:
            cls.objects.filter(pk__in=keys).update(counted_at=None)
