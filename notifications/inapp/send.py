"""Sending app notifications, to one user or to many. Everything but staff cards is sent from here."""

import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from fsportal.models import User
from notifications import stamps
from notifications.bulk_insert import NEW_UUID, insert_for_each
from notifications.inapp import privileges
from notifications.inapp.draft import AppNotificationDraft
from notifications.models import AppNotification

#: Recipients per INSERT…SELECT: long enough to be quick, short enough not to hold SQLite's one write lock for long.
CHUNK = {"sqlite": 25_000, "postgresql": 100_000}


def send_app_notification(  # noqa: PLR0913  (the message's own parameters, all by name)
    *,
    title: object,
    recipient: User,
    body: object = "",
    priority: object = None,
    icon_type: object = None,
    toast_type: object = None,
    expiry: object = None,
    override_content: object = None,
    actions: object = None,
    sender: User | None = None,
    regarding: models.Model | None = None,
    kind: str = "",
) -> AppNotification:
    """Send one app notification to one user and return it.

    `expiry` is in seconds; the default is in the settings (14 days). The privileges of `sender` are checked; None is
    the product itself, for whose own `regarding` and `kind` say what they are about.
    Raises InvalidParameter and MissingPrivilege; nothing is stored then.
    """
    draft = AppNotificationDraft.of(
        title=title,
        body=body,
        priority=priority,
        icon_type=icon_type,
        toast_type=toast_type,
        expiry=expiry,
        override_content=override_content,
        actions=actions,
    )
    return send_draft(draft, recipient, sender=sender, regarding=regarding, kind=kind)


def send_draft(
    draft: AppNotificationDraft,
    recipient: User,
    *,
    sender: User | None = None,
    regarding: models.Model | None = None,
    kind: str = "",
    pk: uuid.UUID | None = None,
) -> AppNotification:
    """Send a draft to one user; `pk` is an id that the sender chose.

    Raises MissingPrivilege, InvalidParameter for a recipient who cannot receive, and IntegrityError for a `pk` that is
    taken; nothing is stored then.
    """
    privileges.check_send(sender, User.objects.filter(pk=recipient.pk))
    privileges.require_receiver(recipient)
    with transaction.atomic():
        row = AppNotification.objects.create(
            id=pk or uuid.uuid4(),
            owner=recipient,
            sender=sender,
            kind=kind,
            **_about(regarding),
            **draft.columns(timezone.now()),
        )
        transaction.on_commit(partial(stamps.touch, [recipient.pk]))
    return row


def send_to_many(
    draft: AppNotificationDraft,
    recipients: "QuerySet[User]",
    *,
    sender: User | None = None,
    regarding: models.Model | None = None,
    kind: str = "",
    sending: uuid.UUID | None = None,
) -> int:
    """Send a draft to each of `recipients` who can receive; returns the number of new rows, one for each.

    A repeated call with the same `sending` continues where the first one stopped. Raises MissingPrivilege when `sender`
    may not send to every one of them; nothing is stored then.
    """
    privileges.check_send(sender, recipients)
    fixed = draft.columns(timezone.now()) | {"kind": kind, "sender_id": sender.pk if sender else None}
    fixed |= {f"{name}_id" if name == "regarding_type" else name: value for name, value in _about(regarding).items()}
    fixed["sending"] = sending or uuid.uuid4()
    # Who can receive is asked chunk by chunk: to find the ends of the chunks by it would ask it twice.
    made = sum(_insert(privileges.receivers(chunk), fixed) for chunk in _chunks(recipients))
    transaction.on_commit(stamps.touch_all)
    return made


def _chunks(users: "QuerySet[User]") -> Iterator["QuerySet[User]"]:
    """Yield the users in slices by primary key, so that each INSERT is short."""
    after = None
    for last in [*_last_of_chunks(users), None]:
        rest = users.filter(pk__gt=after) if after else users
        yield rest.filter(pk__lte=last) if last else rest
        after = last


def _last_of_chunks(users: "QuerySet[User]") -> list[uuid.UUID]:
    """Return the last key of each full chunk, from one reading of all users."""
    numbered = users.order_by().annotate(number=Window(RowNumber(), order_by="pk"), place=F("number") % _chunk())
    return list(numbered.filter(place=0).order_by("number").values_list("pk", flat=True))


def _chunk() -> int:
    return CHUNK[connection.vendor]


def _insert(users: "QuerySet[User]", fixed: dict[str, Any]) -> int:
    # By primary key, so that the indexes that begin with the owner are filled from left to right: on SQLite that takes
    # 0.6 of the time that a random order takes.
    with transaction.atomic():
        return insert_for_each(
            AppNotification,
            users.order_by("pk").values(recipient=F("pk")),
            computed={"id": NEW_UUID[connection.vendor], "owner_id": "due.recipient"},
            fixed={name: _stored(name, value) for name, value in fixed.items()},
            conflict=["sending", "owner_id"],
        )


def _stored(column: str, value: Any) -> Any:
    """Return a value as the database driver takes it; `column` is the field's attname."""
    field = next(field for field in AppNotification._meta.concrete_fields if field.attname == column)
    return field.get_db_prep_save(value, connection)


def _about(regarding: models.Model | None) -> dict[str, Any]:
    if regarding is None:
        return {"regarding_type": None, "regarding_id": None}
    kind = ContentType.objects.get_for_model(regarding)
    return {"regarding_type": kind, "regarding_id": regarding.pk}
