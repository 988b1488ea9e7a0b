"""Filters of the lists about bookings."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import BookingStatus
from bookings.models.codes import LIVES_ON_FOR
from bookings.models.status import FINAL


class WhenFilter(admin.SimpleListFilter):
    """Without a choice the list shows what is ahead or under way, and what is late."""

    title = gettext_lazy("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer narrower and wider views."""
        return [
            ("late", _("Late")),
            ("day", _("Next 24 hours")),
            ("week", _("Next 7 days")),
            ("over", _("Completed or canceled")),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Call the first choice what it is."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("To do")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen ones."""
        now = timezone.now()
        open_ones = queryset.exclude(status__in=FINAL)
        match self.value():
            case None:
                return open_ones
            case "late":
                return queryset.filter(status=BookingStatus.SCHEDULED, start__lte=now)
            case "day":
                return open_ones.filter(start__range=(now, now + dt.timedelta(days=1)))
            case "week":
                return open_ones.filter(start__range=(now, now + dt.timedelta(days=7)))
            case "over":
                return queryset.filter(status__in=FINAL).order_by("-start")
            case _:
                return queryset


class ToldFilter(admin.SimpleListFilter):
    """By whether the customer was told when the visit is."""

    title = gettext_lazy("told of the time")
    parameter_name = "told"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("yes", _("Told")), ("no", _("Not told"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen ones; `is_told` is the list's own annotation."""
        return queryset.filter(is_told=self.value() == "yes") if self.value() else queryset


class CodeStateFilter(admin.SimpleListFilter):
    """By what a link does now, and whether anybody has used it."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the four."""
        return [
            ("working", _("Working")),
            ("expired", _("Expired")),
            ("blocked", _("Blocked")),
            ("unopened", _("Never opened")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen ones."""
        now = timezone.now()
        by_itself = Q(booking__end__gt=now - LIVES_ON_FOR) | Q(extended_until__gt=now)
        alive = Q(expires_at__gt=now) | Q(expires_at=None) & by_itself
        match self.value():
            case "working":
                return queryset.filter(alive, blocked_at=None)
            case "expired":
                return queryset.exclude(alive)
            case "blocked":
                return queryset.filter(blocked_at__isnull=False)
            case "unopened":
                return queryset.filter(first_opened_at=None)
            case _:
                return queryset
