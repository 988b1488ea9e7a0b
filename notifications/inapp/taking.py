"""Taking a staff card: who of its recipients is on it. Their colleagues see the name instead of an alarm."""

import datetime as dt
import uuid
from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from fsportal.models import User
from notifications import stamps
from notifications.inapp.staff_cards import take_turns
from notifications.models import AppNotification
from notifications.models.app_notification import AppNotificationQuerySet


class TakenAlready(Exception):
    """Somebody else is on it; `by` is who, or None if nobody is any more."""

    def __init__(self, by: User | None) -> None:
        super().__init__(str(by))
        self.by = by


@transaction.atomic
def take(user: User, pk: uuid.UUID, *, instead_of: uuid.UUID | None = None) -> bool:
    """Let a user take one of their own staff cards; return whether there is such a card. Harmless when repeated.

    `instead_of` is the user who is to be relieved. Raises TakenAlready if somebody else is on it: of many who take it
    at once, one gets it.
    """
    mine = _own(user, pk)
    if mine is None:
        return False
    take_turns(mine.kind, mine.regarding_id)
    now, rows = timezone.now(), _of_card(mine)
    free = rows.filter(taken_by=instead_of)
    if not free.update(taken_by=user, taken_at=now, opened_at=now):
        row = _own(user, pk)
        if row is None:
            return False
        if row.taken_by_id == user.pk:
            return True
        raise TakenAlready(row.taken_by)
    # Seen at the very time of the taking: it tells whose alarm to restore when it is given back.
    rows.exclude(owner=user).filter(seen_at=None).update(seen_at=now)
    rows.filter(owner=user).update(seen_at=now, snoozed_until=None)
    _touch(rows)
    return True


@transaction.atomic
def give_back(user: User, pk: uuid.UUID) -> bool:
    """Let a user give back what they took: it is new again for those whom the taking spared it.

    Return whether they had it. Harmless when repeated.
    """
    mine = _own(user, pk)
    if mine is None or mine.taken_by_id != user.pk:
        return False
    take_turns(mine.kind, mine.regarding_id)
    rows = _of_card(mine).filter(taken_by=user)
    _touch(rows)
    rows.filter(seen_at=mine.taken_at).exclude(owner=user).update(seen_at=None)
    rows.update(taken_by=None, taken_at=None)
    return True


def release_left(now: dt.datetime) -> int:
    """Give back what is taken by users who have left; return how many rows there were. Harmless when repeated."""
    left = AppNotification.objects.filter(taken_at__isnull=False)
    left = left.filter(Q(taken_by=None) | Q(taken_by__is_active=False))
    found = list(left.values_list("pk", "owner", "seen_at", "taken_at"))
    if found:
        spared = [pk for pk, _owner, seen_at, taken_at in found if seen_at == taken_at]
        rows = AppNotification.objects.filter(pk__in=[pk for pk, *_rest in found])
        with transaction.atomic():
            rows.filter(pk__in=spared).update(seen_at=None)
            rows.update(taken_by=None, taken_at=None)
            transaction.on_commit(partial(stamps.touch, {owner for _pk, owner, *_rest in found}))
    return len(found)


def with_company(rows: AppNotificationQuerySet, now: dt.datetime) -> AppNotificationQuerySet:
    """Return cards with `is_shared`, whether colleagues have the same one, and with whoever is on it."""
    others = AppNotification.objects.live(now).filter(
        kind=OuterRef("kind"), regarding_type=OuterRef("regarding_type"), regarding_id=OuterRef("regarding_id")
    )
    others = others.exclude(kind="").exclude(owner=OuterRef("owner"))
    return rows.select_related("taken_by").annotate(is_shared=Exists(others))


def _own(user: User, pk: uuid.UUID) -> AppNotification | None:
    rows = AppNotification.objects.live(timezone.now()).filter(owner=user, pk=pk, regarding_id__isnull=False)
    return rows.exclude(kind="").select_related("taken_by").first()


def _of_card(row: AppNotification) -> AppNotificationQuerySet:
    """Return the rows of all recipients of a card."""
    return AppNotification.objects.filter(
        kind=row.kind, regarding_type=row.regarding_type_id, regarding_id=row.regarding_id
    )


def _touch(rows: AppNotificationQuerySet) -> None:
    owners: Iterable[uuid.UUID] = list(rows.values_list("owner", flat=True))
    transaction.on_commit(partial(stamps.touch, owners))
