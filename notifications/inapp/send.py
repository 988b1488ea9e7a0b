"""Sending in-app notifications: to one user, or to many in one call. Everything that sends one comes through here."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from fsportal.lib.text import HARMFUL
from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.bulk_insert import NEW_UUID, insert_for_each
from notifications.inapp import data as data_column
from notifications.inapp import privileges
from notifications.inapp.data import Data
from notifications.inapp.errors import InvalidParameter, shown
from notifications.models import AppNotification, IconType, Priority, ToastType
from notifications.models.app_notification import BODY_LENGTH, LONGEST_TTL, TITLE_LENGTH

#: Recipients per INSERT…SELECT: long enough to be quick, short enough not to hold SQLite's one write lock for long.
CHUNK = 10_000
DAY = 24 * 3600


@dataclass(frozen=True)
class Note:
    """What is sent, checked and rendered once, whatever the number of recipients. `ttl` is in seconds."""

    title: str
    body: str
    priority: int
    icon_type: int
    toast_type: int
    ttl: int
    data: Data

    @classmethod
    def of(
        cls,
        *,
        title: object,
        body: object = "",
        priority: object = None,
        icon_type: object = None,
        toast_type: object = None,
        expiry: object = None,
        override_content: object = None,
        actions: object = None,
    ) -> "Note":
        """Check every parameter (domain.md, In-app notifications); raises InvalidParameter. None means the default."""
        checked_title = _text("Title", title, most=TITLE_LENGTH)
        if not checked_title.strip():
            raise InvalidParameter("Title", f"takes a text; it got {shown(title)}.")
        checked_body = _text("Body", "" if body is None else body, most=BODY_LENGTH)
        # In the message's own order: arguments that are shifted are told of the first one that stands wrong.
        checked_priority = _choice("Priority", priority, Priority)
        icon = _choice("IconType", icon_type, IconType)
        toast = _choice("ToastType", toast_type, ToastType)
        ttl = _expiry(expiry)
        made = data_column.compose(
            title=checked_title, body=checked_body, override_content=override_content, actions_value=actions
        )
        if icon == IconType.CUSTOM and not made.icon_url:
            raise InvalidParameter("IconType", "is Custom, which takes an 'iconUrl' in OverrideContent.")
        return cls(
            title=checked_title,
            body=checked_body,
            priority=checked_priority,
            icon_type=icon,
            toast_type=toast,
            ttl=ttl,
            data=made,
        )

    def columns(self, now: dt.datetime) -> dict[str, Any]:
        """Return the values of a row's columns, but for its id and owner."""
        return {
            "title": self.title,
            "body": self.body,
            "priority": self.priority,
            "icon_type": self.icon_type,
            "toast_type": self.toast_type,
            "ttl_in_seconds": self.ttl,
            "data": self.data.text,
            "title_html": self.data.title_html,
            "body_html": self.data.body_html,
            "created_on": now,
            "modified_on": now,
            "expires_at": expires_at(now, self.ttl),
        }


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
    """Send one in-app notification to one user and return it (SendAppNotification, seed and domain.md).

    `expiry` is in seconds; without one it lives as long as the settings say (14 days by default). `sender` is checked
    for the seed's privileges; None is the product itself. `regarding` and `kind` say what the product's own are about.
    Raises InvalidParameter and MissingPrivilege; nothing is stored then.
    """
    note = Note.of(
        title=title,
        body=body,
        priority=priority,
        icon_type=icon_type,
        toast_type=toast_type,
        expiry=expiry,
        override_content=override_content,
        actions=actions,
    )
    return send_note(note, recipient, sender=sender, regarding=regarding, kind=kind)


def send_note(
    note: Note,
    recipient: User,
    *,
    sender: User | None = None,
    regarding: models.Model | None = None,
    kind: str = "",
    pk: uuid.UUID | None = None,
) -> AppNotification:
    """Send a note that has been checked to one user; `pk` is an id that the sender chose.

    Raises MissingPrivilege, InvalidParameter for a recipient who receives nothing, and IntegrityError for a `pk` that
    is taken; nothing is stored then.
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
            **note.columns(timezone.now()),
        )
        transaction.on_commit(partial(stamps.touch, [recipient.pk]))
    return row


def send_to_many(
    note: Note,
    recipients: "QuerySet[User]",
    *,
    sender: User | None = None,
    regarding: models.Model | None = None,
    kind: str = "",
    sending: uuid.UUID | None = None,
) -> int:
    """Send one note to each of `recipients` who can receive, a row each; returns how many rows are new.

    A repeated call with the same `sending` goes on where the first one stopped. Raises MissingPrivilege when `sender`
    may not send to every one of them; nothing is stored then.
    """
    privileges.check_send(sender, recipients)
    fixed = note.columns(timezone.now()) | {"kind": kind, "sender_id": sender.pk if sender else None}
    fixed |= {f"{name}_id" if name == "regarding_type" else name: value for name, value in _about(regarding).items()}
    fixed["sending"] = sending or uuid.uuid4()
    receiving = privileges.receivers(recipients)
    made = sum(_insert(chunk, fixed) for chunk in _chunks(receiving))
    transaction.on_commit(stamps.touch_all)
    return made


def _chunks(users: "QuerySet[User]") -> Iterator["QuerySet[User]"]:
    """Yield the users in slices by primary key, so that each INSERT is short."""
    ordered = users.order_by("pk")
    after = None
    while True:
        rest = ordered.filter(pk__gt=after) if after else ordered
        last = rest.values_list("pk", flat=True)[CHUNK - 1 : CHUNK].first()
        yield rest.filter(pk__lte=last) if last else rest
        if last is None:
            return
        after = last


def _insert(users: "QuerySet[User]", fixed: dict[str, Any]) -> int:
    # By primary key, so that the indexes that begin with the owner are filled from left to right: on SQLite that takes
    # 0.6 of the time of an order by chance.
    with transaction.atomic():
        return insert_for_each(
            AppNotification,
            users.order_by("pk").values(recipient=F("pk")),
            computed={"id": NEW_UUID[connection.vendor], "owner_id": "due.recipient"},
            fixed={name: _stored(name, value) for name, value in fixed.items()},
            conflict=["sending", "owner_id"],
        )


def _stored(column: str, value: Any) -> Any:
    """Return a value as the database's driver takes it; `column` is the field's attname."""
    field = next(field for field in AppNotification._meta.concrete_fields if field.attname == column)
    return field.get_db_prep_save(value, connection)


def _about(regarding: models.Model | None) -> dict[str, Any]:
    if regarding is None:
        return {"regarding_type": None, "regarding_id": None}
    kind = ContentType.objects.get_for_model(regarding)
    return {"regarding_type": kind, "regarding_id": regarding.pk}


# --- Checks --------------------------------------------------------------------------------------------------------


def expires_at(created: dt.datetime, ttl: int) -> dt.datetime:
    """Return when a notification expires; a life longer than the calendar ends with the calendar."""
    try:
        return created + dt.timedelta(seconds=ttl)
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def _text(parameter: str, value: object, *, most: int) -> str:
    if not isinstance(value, str):
        raise InvalidParameter(parameter, f"takes a text; it got {shown(value)}.")
    if len(value) > most:
        raise InvalidParameter(parameter, f"allows {most} characters at most; it got {len(value)}.")
    return HARMFUL.sub("", value)


def _choice(parameter: str, value: object, choices: type[models.IntegerChoices]) -> int:
    if value is None:
        return int(next(iter(choices)))
    if isinstance(value, bool) or not isinstance(value, int) or value not in choices.values:
        allowed = ", ".join(f"{one.value} ({one.label})" for one in choices)
        raise InvalidParameter(parameter, f"got {shown(value)}; it allows {allowed}.{_fits_elsewhere(value, choices)}")
    return value


def _fits_elsewhere(value: object, choices: type[models.IntegerChoices]) -> str:
    """Say where a value would fit: client scripts that pass arguments by position shift them (domain.md)."""
    names: tuple[tuple[str, type[models.IntegerChoices]], ...] = (
        ("Priority", Priority),
        ("IconType", IconType),
        ("ToastType", ToastType),
    )
    fitting = [
        f"{one(value).label} for {name}"
        for name, one in names
        if one is not choices and isinstance(value, int) and value in one.values
    ]
    return f" That value would be {' or '.join(fitting)}." if fitting else ""


def _expiry(value: object) -> int:
    if value is None:
        return PortalSettings.load().in_app_expiry_days * DAY
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_TTL:
        raise InvalidParameter("Expiry", f"got {shown(value)}; it allows 1 to {LONGEST_TTL} seconds.")
    return value
