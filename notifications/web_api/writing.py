"""Creates, updates and deletes rows of `appnotifications`, each under its privilege."""

import datetime as dt
import uuid
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from fsportal.lib.integrity import is_conflict
from fsportal.models import User
from notifications import stamps
from notifications.inapp import data_column, privileges
from notifications.inapp.draft import AppNotificationDraft, expires_at
from notifications.inapp.errors import InvalidParameter, MissingPrivilege, shown
from notifications.inapp.send import send_draft
from notifications.models import AppNotification
from notifications.web_api.errors import (
    DUPLICATE_RECORD,
    VERSION_MISMATCH,
    ODataError,
    bad_payload,
    denied,
    invalid,
    no_row,
)
from notifications.web_api.headers import matches
from notifications.web_api.representation import etag_of, type_name
from notifications.web_api.send_app_notification import check_may_send
from notifications.web_api.tables import APP_NOTIFICATIONS as TABLE
from notifications.web_api.user_references import user_named

BIND = "@odata.bind"
#: The names of columns, by those of the parameters of SendAppNotification.
_COLUMN_OF = {
    "Title": "title",
    "Body": "body",
    "Priority": "priority",
    "IconType": "icontype",
    "ToastType": "toasttype",
    "Expiry": "ttlinseconds",
    "Data": "data",
}


def create(user: User, body: dict[str, Any], key: uuid.UUID | None = None) -> uuid.UUID:
    """Store a row for the owner whom the body binds, by default the user; return its key.

    Raises ODataError, InvalidParameter and MissingPrivilege; nothing is stored then.
    """
    check_may_send(user)
    values = _values(body)
    owner = _owner(body)
    draft = _draft({"title": None} | values)
    pk = key or _own_key(body)
    try:
        with transaction.atomic():
            if pk is not None:
                _free(user, pk)
            return send_draft(draft, owner or user, sender=user, pk=pk).pk
    except IntegrityError as error:
        if not is_conflict(error):
            raise
        raise ODataError(412, DUPLICATE_RECORD, "A record with matching key values already exists.") from None


def _free(user: User, key: uuid.UUID) -> None:
    """Free the key of a dismissed row of this user, which still exists while the dismissal can be undone."""
    AppNotification.objects.filter(Q(owner=user) | Q(sender=user), pk=key, dismissed_at__isnull=False).delete()


def update(user: User, key: uuid.UUID, body: dict[str, Any], *, if_match: str = "") -> None:
    """Change columns of a row within reach, and render it again. Raises as `create` does."""
    privileges.require_read(user)
    if not user.has_perm(privileges.WRITE):
        raise MissingPrivilege("Write privilege on the app notification table is missing.")
    values = _values(body)
    with transaction.atomic():
        row = privileges.readable(user).select_for_update(of=("self",)).filter(pk=key).first()
        if row is None:
            raise no_row(TABLE.logical_name, key)
        _check_version(row, if_match)
        _check_stays(row, body)
        columns = _draft(_held(row) | values).columns(timezone.now())
        columns |= {
            "created_on": row.created_on,
            # Later than before, whatever the clock does: the ETag must differ.
            "modified_on": max(columns["modified_on"], row.modified_on + dt.timedelta(microseconds=1)),
            "expires_at": expires_at(row.created_on, columns["ttl_in_seconds"]),
        }
        AppNotification.objects.filter(pk=key).update(**columns)
        transaction.on_commit(partial(stamps.touch, [row.owner_id]))


def exists(user: User, key: uuid.UUID) -> bool:
    """Tell whether the user may read such a row."""
    return privileges.readable(user).filter(pk=key).exists()


def delete(user: User, key: uuid.UUID, *, if_match: str = "") -> None:
    """Dismiss a row of the user's own, which needs Read only; delete anyone's with Delete at Global level."""
    deletes_all = user.has_perm(privileges.DELETE)
    if not deletes_all:
        privileges.require_read(user)
    rows = AppNotification.objects.filter(dismissed_at=None) if deletes_all else privileges.readable(user)
    with transaction.atomic():
        row = rows.select_for_update(of=("self",)).filter(pk=key).first()
        if row is None:
            raise no_row(TABLE.logical_name, key)
        _check_version(row, if_match)
        if row.owner_id == user.pk and privileges.read_level(user):
            # As in the notification center, its owner can undo this for a while.
            AppNotification.dismiss(user, key)
        elif deletes_all:
            AppNotification.objects.filter(pk=key).delete()
        else:
            raise denied("Delete privilege on the app notification table at Global level is missing.")
        transaction.on_commit(partial(stamps.touch, [row.owner_id]))


# --- The body -------------------------------------------------------------------------------------------------------


def _values(body: dict[str, Any]) -> dict[str, Any]:
    """Return the values of writable columns; raises 400 for an unknown property.

    Annotations and read-only columns are ignored, so that a client can send back a row that it has read.
    """
    found = {}
    for name, value in body.items():
        column = TABLE.by_name.get(name)
        if "@" in name:
            if name.endswith(BIND) and name != f"ownerid{BIND}":
                raise bad_payload(f"'{name[:60]}' cannot be bound; 'ownerid{BIND}' can.")
        elif column is None or name not in (column.name, column.navigation_property):
            raise bad_payload(f"Invalid property '{name[:60]}' was found in entity '{type_name(TABLE)}'.")
        elif column.writable:
            found[name] = value
    return found


def _owner(body: dict[str, Any]) -> User | None:
    for name in ("ownerid", "_ownerid_value"):
        if body.get(name) is not None:
            raise InvalidParameter(name, f'cannot be set; bind the owner: "ownerid{BIND}": "/systemusers(<GUID>)".')
    bound = body.get(f"ownerid{BIND}")
    return user_named(bound, f"ownerid{BIND}") if bound is not None else None


def _own_key(body: dict[str, Any]) -> uuid.UUID | None:
    given = body.get(TABLE.key.name)
    if given is None:
        return None
    try:
        return uuid.UUID(given)
    except (ValueError, AttributeError, TypeError):
        raise InvalidParameter(TABLE.key.name, f"takes a GUID; it got {shown(given)}.") from None


def _held(row: AppNotification) -> dict[str, Any]:
    return {column.name: getattr(row, column.path) for column in TABLE.columns if column.writable}


def _draft(values: dict[str, Any]) -> AppNotificationDraft:
    """Check columns as the parameters of SendAppNotification are checked; raises 400 that names the column."""
    text = values.get("data")
    if text is not None and not isinstance(text, str):
        raise invalid(f"The property 'data' takes JSON text; it got {shown(text)}.")
    try:
        override, actions = data_column.split(text or "")
        return AppNotificationDraft.of(
            title=values["title"],
            body=values.get("body"),
            priority=values.get("priority"),
            icon_type=values.get("icontype"),
            toast_type=values.get("toasttype"),
            expiry=values.get("ttlinseconds"),
            override_content=override,
            actions=actions,
        )
    except InvalidParameter as error:
        raise invalid(_in_columns(error)) from None


def _in_columns(error: InvalidParameter) -> str:
    """Return the error's message with the names of columns in place of parameters."""
    name = _COLUMN_OF.get(error.parameter, error.parameter)
    for part in ("OverrideContent.", "Actions."):
        if name.startswith(part):
            name = f"data.{name.removeprefix(part)}"
    problem = error.problem.replace("in OverrideContent", "in data")
    for parameter in ("Priority", "IconType", "ToastType"):
        problem = problem.replace(f"for {parameter}", f"for {_COLUMN_OF[parameter]}")
    return f"The property '{name}' {problem}"


# --- Conditions -----------------------------------------------------------------------------------------------------


def _check_version(row: AppNotification, if_match: str) -> None:
    if if_match and not matches(if_match, etag_of(row.modified_on)):
        raise ODataError(412, VERSION_MISMATCH, "The version of the existing record doesn't match the If-Match header.")


def _check_stays(row: AppNotification, body: dict[str, Any]) -> None:
    """Raise 400 for a change of key or owner: an app notification stays with its recipient."""
    key, owner = body.get(TABLE.key.name), body.get(f"ownerid{BIND}")
    if key is not None and str(key).lower() != str(row.pk):
        raise invalid(f"The property '{TABLE.key.name}' is the row's key and cannot be changed.")
    lookup = body.get("_ownerid_value") or body.get("ownerid") or str(row.owner_id)
    is_other = owner is not None and user_named(owner, f"ownerid{BIND}").pk != row.owner_id
    if is_other or str(lookup).lower() != str(row.owner_id):
        raise invalid("The owner of a notification cannot be changed; send another one.")
