"""Lets old messages to customers go: words and addresses are blanked, states, times and counts stay."""

import datetime as dt

from django.db.models import Q, QuerySet

from fsportal.lib.chunks import Budget, in_chunks
from notifications.models import CustomerNotification, NotificationAttempt, State

#: What may name a person or tell what was said. `named_time` and `told_at` stay: later messages depend on them.
BLANKED: dict[str, str | None] = {
    **dict.fromkeys(("to", "subject", "words", "detail", "provider_id"), ""),
    "email_words": None,
}


def forget(now: dt.datetime, before: dt.datetime, budget: Budget, *, but: Q) -> int:
    """Blank ended messages from before a time (aware), except those in `but`; return how many. Harmless if repeated."""
    old = CustomerNotification.objects.filter(forgotten_at=None, created_at__lt=before)
    ended = old.exclude(state__in=State.open()).exclude(but)
    return in_chunks(ended, lambda part: _blank(part, now), budget, by="created_at")


def _blank(part: QuerySet[CustomerNotification], now: dt.datetime) -> int:
    ids = list(part.values_list("pk", flat=True))
    NotificationAttempt.objects.filter(notification__in=ids).update(detail="", provider_id="")
    return CustomerNotification.objects.filter(pk__in=ids).update(**BLANKED, forgotten_at=now)
