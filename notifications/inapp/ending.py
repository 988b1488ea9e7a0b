"""Withdraws staff cards whose cause is over: at once where a verb ends it, and by a look at all of them every minute.

What is over is read from the records, so no way on which a cause ends can be forgotten.
"""

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from notifications import stamps
from notifications.inapp import staff_cards
from notifications.inapp.staff_cards import End, StaffCardKind
from notifications.models import AppNotification

#: Cards per transaction.
CHUNK = 1_000


def is_over(now: dt.datetime, kinds: list[StaffCardKind] | None = None, model: type[models.Model] | None = None) -> Q:
    """Return the condition on cards whose cause is over at `now` (aware), of these kinds or of all.

    With `model` only cards about its records are asked for.
    """
    found = Q(pk__in=[])
    for kind in staff_cards.kinds() if kinds is None else kinds:
        for end in kind.ends:
            if model is None or end.model is model:
                about = ContentType.objects.get_for_model(end.model)
                found |= Q(kind=kind.name, regarding_type=about) & _ends(end, now)
    return found


def _ends(end: End, now: dt.datetime) -> Q:
    record = end.model._default_manager.filter(pk=OuterRef("regarding_id"))
    found = ~Q(Exists(record))
    if end.over is not None:
        found |= Q(Exists(record.filter(end.over(now))))
    if end.after is not None:
        found |= Q(created_on__lte=now - end.after)
    return found


def end_about(record: models.Model, *names: str) -> int:
    """Withdraw the cards about a record that are over, of these kinds or of all; return how many.

    Call it in the transaction of what ended them, after everybody has been told.
    """
    return end_about_each(type(record), [record.pk], *names)


@transaction.atomic
def end_about_each(model: type[models.Model], pks: Iterable[Any], *names: str) -> int:
    """Do the same for many records of one model."""
    about = AppNotification.objects.filter(
        regarding_type=ContentType.objects.get_for_model(model), regarding_id__in=list(pks)
    )
    # Putting together the conditions of all kinds takes far longer than this question, and most records have no card.
    there = set(about.order_by().values_list("kind", flat=True).distinct())
    kinds = [kind for kind in staff_cards.kinds() if kind.name in there and (not names or kind.name in names)]
    if not kinds:
        return 0
    found = list(about.filter(is_over(timezone.now(), kinds, model)).values_list("pk", "owner"))
    if found:
        AppNotification.objects.filter(pk__in=[pk for pk, _owner in found]).delete()
        transaction.on_commit(partial(stamps.touch, {owner for _pk, owner in found}))
    return len(found)


def end_all(now: dt.datetime) -> int:
    """Withdraw every card whose cause is over at `now`; return how many. Harmless when repeated."""
    ended = 0
    while True:
        found = _end_some(now)
        ended += found
        if found < CHUNK:
            return ended


@transaction.atomic
def _end_some(now: dt.datetime) -> int:
    over = AppNotification.objects.filter(is_over(now), regarding_id__isnull=False)
    # A card that somebody is renewing is left to the next look. What is locked here is asked again by the deletion: it
    # may have been renewed since the first statement began. In no order: PostgreSQL would go through all rows in it.
    locked = over.order_by().select_for_update(skip_locked=True, of=("self",)).values_list("pk", "owner")[:CHUNK]
    found = list(locked)
    if not found:
        return 0
    rows = AppNotification.objects.filter(is_over(now), pk__in=[pk for pk, _owner in found])
    # Nothing refers to these rows, so no cascade has to be collected.
    rows._raw_delete(rows.db)  # noqa: SLF001
    transaction.on_commit(partial(stamps.touch, {owner for _pk, owner in found}))
    return len(found)
