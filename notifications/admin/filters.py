"""Filters of the list of in-app notifications."""

import datetime as dt
import re
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.admin.storage import AGES
from notifications.inapp import staff_cards


class AgeFilter(admin.SimpleListFilter):
    """By age, in the steps of the storage page."""

    title = gettext_lazy("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what is older than each step, and the last day."""
        older = [(f"{age.days}+", _("older than %(days)d days") % {"days": age.days}) for age in AGES[1:]]
        return [("1", _("the last day")), *older]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        asked = self.value() or ""
        if not re.fullmatch(r"\d{1,3}\+?", asked):
            return queryset
        bound = timezone.now() - dt.timedelta(days=int(asked.rstrip("+")))
        return queryset.filter(created_on__lte=bound) if asked.endswith("+") else queryset.filter(created_on__gt=bound)


class AppNotificationStateFilter(admin.SimpleListFilter):
    """By what became of it."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the four states."""
        return [("new", _("not seen")), ("seen", _("seen")), ("dismissed", _("dismissed")), ("expired", _("expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        live = Q(dismissed_at=None, expires_at__gt=timezone.now())
        wanted = {
            "new": live & Q(seen_at=None),
            "seen": live & Q(seen_at__isnull=False),
            "dismissed": Q(dismissed_at__isnull=False),
            "expired": Q(dismissed_at=None, expires_at__lte=timezone.now()),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


class KindFilter(admin.SimpleListFilter):
    """By kind of the portal's own."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every kind that an app has registered."""
        return [(kind.name, str(kind.label)) for kind in staff_cards.kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one kind's."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


class SenderFilter(admin.SimpleListFilter):
    """By who sent it: the portal itself or somebody. Of people the search finds whom one looks for."""

    title = gettext_lazy("sender")
    parameter_name = "from"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both; thousands of users are no list to choose from."""
        return [("portal", _("the portal itself")), ("people", _("people and programs")), ("me", _("me"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        wanted = {
            "portal": Q(sender=None),
            "people": Q(sender__isnull=False),
            "me": Q(sender=request.user.pk),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))
