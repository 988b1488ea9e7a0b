"""Staff cards: app notifications that the product itself sends, one per user, record and kind.

The apps above register their kinds, which users may switch off, and call `tell` in the transaction of the change. Each
kind says when its cards are over; they are withdrawn then (notifications/inapp/ending.py).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone, translation

from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.inapp.draft import AppNotificationDraft
from notifications.inapp.privileges import receivers
from notifications.models import AppNotification, InAppPreferences, Mute
from notifications.models.app_notification import AppNotificationQuerySet


@dataclass(frozen=True)
class End:
    """When a card about a record of `model` is over: once `over` holds, the card is of an age, or the record is gone.

    `over` returns the condition on the record at a time (aware). In it OuterRef names columns of the card.
    """

    model: type[models.Model]
    over: Callable[[dt.datetime], Q] | None = None
    after: dt.timedelta | None = None

    def __post_init__(self) -> None:
        if self.over is None and self.after is None:
            raise TypeError("A card ends by a condition, by its age, or by both.")


@dataclass(frozen=True)
class StaffCardKind:
    """One kind of staff card. `label`, `says` and `until` are for the page on which users choose.

    `ends` has an End for each model that its cards are about, and `until` says the same in a sentence.
    """

    name: str
    label: Any
    says: Any
    until: Any
    ends: tuple[End, ...]

    def __post_init__(self) -> None:
        if not self.ends or not self.until:
            raise TypeError(f"The card kind {self.name!r} does not say when its cards are over.")

    def end_of(self, model: type[models.Model]) -> End:
        """Return when a card about a record of `model` is over; raises LookupError if the kind does not say."""
        for end in self.ends:
            if end.model is model:
                return end
        raise LookupError(f"the card kind {self.name!r} does not say when a card about {model.__name__} is over")


_kinds: dict[str, StaffCardKind] = {}


def register(kind: StaffCardKind) -> None:
    """Register a kind; a second one of the same name replaces it."""
    _kinds[kind.name] = kind


def register_ends(name: str, *ends: End) -> None:
    """Let a kind of a lower floor also tell of records of this one."""
    kind = _kinds[name]
    others = tuple(end for end in kind.ends if end.model not in {one.model for one in ends})
    register(StaffCardKind(kind.name, kind.label, kind.says, kind.until, (*others, *ends)))


def kinds() -> list[StaffCardKind]:
    return list(_kinds.values())


#: Returns what goes to AppNotificationDraft.of, in the language that is active.
Words = Callable[[], dict[str, Any]]


@transaction.atomic
def tell(kind: str, users: Iterable[User], regarding: models.Model, words: Words) -> int:
    """Give users a staff card about a record, each in their language; returns how many got one.

    Users who cannot receive, have switched this kind off or have muted the record get none. A user who has a card of
    this kind about this record gets no second one: it is renewed, as new and on top. If somebody is on it, it is new
    for them alone.
    """
    if kind not in _kinds:
        raise LookupError(f"no kind of in-app notification is registered as {kind!r}")
    _kinds[kind].end_of(type(regarding))
    if not PortalSettings.load().in_app_notifications:
        return 0
    take_turns(kind, regarding.pk)
    told = _who_wants(kind, users, regarding)
    _put(kind, told, regarding, words)
    transaction.on_commit(partial(stamps.touch, [user.pk for user in told]))
    return len(told)


@transaction.atomic
def withdraw(kind: str, regarding: models.Model, users: Iterable[User] | None = None) -> int:
    """Delete the cards of a kind about a record because they are no longer true, for everyone or for `users` only.

    Returns how many there were.
    """
    rows = _about(kind, regarding)
    if users is not None:
        rows = rows.filter(owner__in=list(users))
    owners = list(rows.values_list("owner", flat=True))
    rows.delete()
    transaction.on_commit(partial(stamps.touch, owners))
    return len(owners)


def take_turns(kind: str, pk: Any) -> None:
    """Lock kind and record, so that two calls at once make one card. SQLite has a single writer anyway.

    A unique constraint cannot do this, as a dismissed card may come back beside a newer one.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            name = f"notifications.inapp.staff_cards:{kind}:{pk}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _who_wants(kind: str, users: Iterable[User], regarding: models.Model) -> list[User]:
    ids = {user.pk for user in users}
    able = receivers(User.objects.filter(pk__in=ids))
    able = able.exclude(pk__in=Mute.objects.about(regarding).values("user"))
    unwanted = {
        choice.user_id for choice in InAppPreferences.objects.filter(user__in=ids) if kind in choice.unwanted_kinds
    }
    return [user for user in able if user.pk not in unwanted]


def _put(kind: str, users: list[User], regarding: models.Model, words: Words) -> None:
    """Renew existing cards and create the others: three statements for one language, two more for each other one.

    A dismissed card is renewed as well; with a new one beside it, undoing the dismissal would make two.
    """
    there = _about(kind, regarding).filter(owner__in=users).select_for_update()
    found = list(there.values_list("owner", "pk", "taken_by", "taken_at"))
    ids = {user.pk for user in users}
    taken_by, taken_at = next(((by, at) for _owner, _pk, by, at in found if by in ids), (None, None))
    as_new = dict.fromkeys(("seen_at", "toasted_at", "dismissed_at", "snoozed_until", "opened_at"))
    now = timezone.now()
    for language, readers in _by_language(users).items():
        with translation.override(language):
            columns = AppNotificationDraft.of(**words()).columns(now)
        columns |= {"taken_by_id": taken_by, "taken_at": taken_at}
        mine = {owner: pk for owner, pk, *_taken in found if owner in readers}
        AppNotification.objects.filter(pk__in=mine.values()).update(**columns, **as_new)
        AppNotification.objects.bulk_create(
            AppNotification(owner_id=pk, kind=kind, regarding=regarding, **columns) for pk in readers - mine.keys()
        )
    if taken_by is not None:
        # The very time of the taking: it tells whose alarm to restore when they give it back.
        _about(kind, regarding).exclude(owner=taken_by).update(seen_at=taken_at)


def _by_language(users: list[User]) -> dict[str, set[Any]]:
    """Return the ids of users by their language."""
    readers: dict[str, set[Any]] = defaultdict(set)
    for user in users:
        readers[user.language_or_default].add(user.pk)
    return readers


def _about(kind: str, regarding: models.Model) -> AppNotificationQuerySet:
    about = ContentType.objects.get_for_model(regarding)
    return AppNotification.objects.filter(kind=kind, regarding_type=about, regarding_id=regarding.pk)
