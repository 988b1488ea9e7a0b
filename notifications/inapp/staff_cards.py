"""Staff cards: app notifications that the product itself sends, one per user, record and kind.

The apps above register their kinds, which users may switch off, and call `tell` in the transaction of the change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils import timezone

from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.inapp.draft import AppNotificationDraft
from notifications.inapp.privileges import receivers
from notifications.models import AppNotification, InAppPreferences, Mute


@dataclass(frozen=True)
class StaffCardKind:
    """One kind of staff card. `label` and `says` are for the page on which users choose."""

    name: str
    label: Any
    says: Any


_kinds: dict[str, StaffCardKind] = {}


def register(kind: StaffCardKind) -> None:
    """Register a kind; a second one of the same name replaces it."""
    _kinds[kind.name] = kind


def kinds() -> list[StaffCardKind]:
    return list(_kinds.values())


@transaction.atomic
def tell(kind: str, users: Iterable[User], regarding: models.Model, **what: Any) -> int:
    """Give users a staff card about a record; returns how many got one. `what` goes to AppNotificationDraft.of.

    Users who cannot receive, have switched this kind off or have muted the record get none. A user who has a card of
    this kind about this record gets no second one: it is renewed, as new and on top.
    """
    if kind not in _kinds:
        raise LookupError(f"no kind of in-app notification is registered as {kind!r}")
    if not PortalSettings.load().in_app_notifications:
        return 0
    draft = AppNotificationDraft.of(**what)
    _take_turns(kind, regarding)
    told = _who_wants(kind, users, regarding)
    _put(kind, told, regarding, draft)
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


def _take_turns(kind: str, regarding: models.Model) -> None:
    """Lock kind and record, so that two calls at once make one card. SQLite has a single writer anyway.

    A unique constraint cannot do this, as a dismissed card may come back beside a newer one.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            name = f"notifications.inapp.staff_cards:{kind}:{regarding.pk}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _who_wants(kind: str, users: Iterable[User], regarding: models.Model) -> list[User]:
    ids = {user.pk for user in users}
    able = receivers(User.objects.filter(pk__in=ids))
    able = able.exclude(pk__in=Mute.objects.about(regarding).values("user"))
    unwanted = {
        choice.user_id for choice in InAppPreferences.objects.filter(user__in=ids) if kind in choice.unwanted_kinds
    }
    return [user for user in able if user.pk not in unwanted]


def _put(kind: str, users: list[User], regarding: models.Model, draft: AppNotificationDraft) -> None:
    """Renew existing cards and create the others, in three statements, however many users.

    A dismissed card is renewed as well; with a new one beside it, undoing the dismissal would make two.
    """
    columns = draft.columns(timezone.now())
    there = _about(kind, regarding).filter(owner__in=users).select_for_update()
    pks = dict(there.values_list("owner", "pk"))
    as_new = {"seen_at": None, "toasted_at": None, "dismissed_at": None}
    AppNotification.objects.filter(pk__in=pks.values()).update(**columns, **as_new)
    AppNotification.objects.bulk_create(
        [AppNotification(owner=user, kind=kind, regarding=regarding, **columns) for user in users if user.pk not in pks]
    )


def _about(kind: str, regarding: models.Model) -> models.QuerySet[AppNotification]:
    about = ContentType.objects.get_for_model(regarding)
    return AppNotification.objects.filter(kind=kind, regarding_type=about, regarding_id=regarding.pk)
