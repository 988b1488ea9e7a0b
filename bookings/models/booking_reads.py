"""Reads of bookings, as chainable queryset methods."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models

from bookings.models.status import FINAL, BookingStatus
from fsportal.models import Contact

if TYPE_CHECKING:
    from bookings.models.booking import Booking  # noqa: F401  (names the rows)


class BookingQuerySet(models.QuerySet["Booking"]):
    """Reads of bookings."""

    def with_visit(self) -> Self:
        """Return bookings with what a page or a message needs to name the visit, in one query."""
        return self.select_related(
            "resource",
            "work_order__account__primary_contact",
            "work_order__incident_type",
            "work_order__work_order_type",
            "work_order__reported_by",
        )

    def upcoming(self, now: dt.datetime) -> Self:
        """Return scheduled visits that have not begun at `now`."""
        return self.filter(status=BookingStatus.SCHEDULED, start__gt=now)

    def to_remind(self, now: dt.datetime, lead_days: int) -> Self:
        """Return upcoming visits that begin within the reminder lead time."""
        return self.upcoming(now).filter(start__lte=now + dt.timedelta(days=lead_days))

    def for_contacts(self, contacts: Iterable[Contact]) -> Self:
        """Return the visits that these contacts may see (domain.md, Portal pages): their own, and their account's.

        Own is what a contact reported, or is told of as the account's primary contact because nobody reported it. The
        account's other visits are seen where the account says that its contacts see each other's.
        """
        ids = [contact.pk for contact in contacts]
        own = models.Q(work_order__reported_by__in=ids)
        told = models.Q(work_order__reported_by=None, work_order__account__primary_contact__in=ids)
        shared = models.Q(work_order__account__shares_visits=True, work_order__account__contacts__in=ids)
        visible = type(self)(self.model).filter(own | told | shared).values("pk")
        return self.filter(pk__in=visible)

    def active(self) -> Self:
        """Return visits that are neither completed nor canceled."""
        return self.exclude(status__in=FINAL)

    def late(self, now: dt.datetime) -> Self:
        """Return visits whose start has passed and for which nobody has set off."""
        return self.filter(status=BookingStatus.SCHEDULED, start__lte=now)
