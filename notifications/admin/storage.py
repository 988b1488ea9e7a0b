"""The storage page: rows and bytes of in-app notifications, by age and by sender.

Answered from indexes where possible and cached for some minutes: the page need not be exact to the second. On
PostgreSQL the bytes are the size of the table with its indexes; SQLite does not tell, so there they are the mean length
of the newest rows' texts times the number of rows.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from django.core.cache import cache
from django.db import connection
from django.db.models import Avg, Count
from django.db.models.functions import Length
from django.utils import timezone

from fsportal.models import User
from notifications.models import AppNotification

KEY, KEPT_FOR = "inapp:storage", 300  # seconds
SAMPLE = 1000
MOST_SENDERS = 10
#: Measured bytes of one row's keys, counters and indexes on SQLite; the texts come on top.
OVERHEAD = 700
AGES = (dt.timedelta(days=1), dt.timedelta(days=7), dt.timedelta(days=14), dt.timedelta(days=30))
TEXTS = ("title", "body", "data", "title_html", "body_html")


@dataclass(frozen=True)
class Storage:
    """The numbers at the moment `at`. `ages` has one count per limit of AGES, and one for anything older."""

    at: dt.datetime
    rows: int
    size: int
    is_estimate: bool
    ages: list[int]
    senders: list[tuple[str, int]]


def storage() -> Storage:
    """Return what is stored, at most KEPT_FOR seconds old."""
    found = cache.get(KEY)
    if not isinstance(found, Storage):
        found = measured(timezone.now())
        cache.set(KEY, found, KEPT_FOR)
    return found


def measured(now: dt.datetime) -> Storage:
    """Return what is stored now: one count per age (by index), one per sender, and the size."""
    ages = _ages(now)
    size, is_estimate = _size(sum(ages))
    return Storage(now, sum(ages), size, is_estimate, ages, _senders())


def _ages(now: dt.datetime) -> list[int]:
    rows = AppNotification.objects.order_by()
    younger = [rows.filter(created_on__gt=now - age).count() for age in AGES] + [rows.count()]
    return [younger[0], *(after - before for before, after in pairwise(younger))]


def _senders() -> list[tuple[str, int]]:
    """Return the most frequent senders; an empty name is the portal itself."""
    counted = AppNotification.objects.order_by().values_list("sender").annotate(number=Count("pk"))
    most = sorted(counted, key=lambda row: -row[1])[:MOST_SENDERS]
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[pk for pk, _number in most if pk])}
    return [(names.get(pk, ""), number) for pk, number in most]


def _size(rows: int) -> tuple[int, bool]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_total_relation_size(%s)", [AppNotification._meta.db_table])
            return int(cursor.fetchone()[0]), False
    newest = AppNotification.objects.order_by("-created_on")[:SAMPLE]
    lengths = AppNotification.objects.filter(pk__in=newest.values("pk")).aggregate(
        **{name: Avg(Length(name)) for name in TEXTS}
    )
    return int(rows * (OVERHEAD + sum(value or 0 for value in lengths.values()))), True
