"""SendAppNotification: one notification to one user (seed: "Send basic in-app notifications")."""

import re
import uuid
from typing import Any

from fsportal.models import PortalSettings, User
from notifications.inapp import privileges
from notifications.inapp.data import TYPE_MARK
from notifications.inapp.errors import InvalidParameter, shown
from notifications.inapp.send import Note, send_note
from notifications.web_api.call import Call, ODataResponse
from notifications.web_api.errors import FEATURE_OFF, OBJECT_DOES_NOT_EXIST, ODataError, bad_payload

_GUID = r"\{?([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\}?"
#: The whole address of this service may stand before it, as in OData-EntityId.
_ROW = re.compile(rf"(?:https?://[^/\s]+)?(?:/?api/data/v9\.[0-2])?/?(\w+)\((?:\w+=)?{_GUID}\)")
_TAKES = "takes '/systemusers(<GUID>)'"


def user_named(value: object, parameter: str) -> User:
    """Return the user that `value` names.

    Raises InvalidParameter for a team and for what names no user, ODataError (404) for a user that there is not.
    """
    key = _key(value, parameter)
    user = User.objects.filter(pk=key).first()
    if user is None:
        raise ODataError(
            404,
            OBJECT_DOES_NOT_EXIST,
            f"The parameter '{parameter}' names no user: systemuser With Id = {key} Does Not Exist",
        )
    return user


def _key(value: object, parameter: str) -> uuid.UUID:
    if isinstance(value, dict):
        return _key_of_object(value, parameter)
    if not isinstance(value, str):
        raise InvalidParameter(parameter, f"{_TAKES}; it got {shown(value)}.")
    match = _ROW.fullmatch(value.strip())
    table = match[1].lower() if match else value.strip().lstrip("/").partition("(")[0].lower()
    _refuse_team(table, parameter)
    if match is None or table != "systemusers":
        raise InvalidParameter(parameter, f"{_TAKES}; it got {shown(value)}.")
    return uuid.UUID(match[2])


def _key_of_object(value: dict[str, Any], parameter: str) -> uuid.UUID:
    """Return the key of a row as Xrm.WebApi writes one: {"@odata.type": "…systemuser", "systemuserid": "<GUID>"}."""
    if "@odata.id" in value:
        return _key(value["@odata.id"], parameter)
    if "teamid" in value:
        _refuse_team("teams", parameter)
    return _key(f"systemusers({value.get('systemuserid', '')})", parameter)


def _refuse_team(table: str, parameter: str) -> None:
    if table in ("teams", "team"):
        raise InvalidParameter(
            parameter, "names a team; a notification goes to one user. Send one to each member: /systemusers(<GUID>)."
        )


#: The parameters, and what the checks call them; in the order of the seed.
PARAMETERS = {
    "Title": "title",
    "Recipient": "recipient",
    "Body": "body",
    "Priority": "priority",
    "IconType": "icon_type",
    "ToastType": "toast_type",
    "Expiry": "expiry",
    "OverrideContent": "override_content",
    "Actions": "actions",
}


def send(call: Call) -> ODataResponse:
    """Answer POST SendAppNotification with the new notification's id."""
    call.need_method("POST")
    call.allow_options()
    check_may_send(call.user)
    given = _parameters(call.json())
    recipient = given.pop("recipient", None)
    note = Note.of(**{"title": None} | given)
    if recipient is None:
        raise InvalidParameter("Recipient", "is missing; it takes '/systemusers(<GUID>)'.")
    row = send_note(note, user_named(recipient, "Recipient"), sender=call.user)
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.SendAppNotificationResponse"
    return ODataResponse(
        json=({} if call.level == "none" else {"@odata.context": context}) | {"NotificationId": str(row.pk)}
    )


def check_may_send(user: User) -> None:
    """Raise ODataError while the feature is switched off, MissingPrivilege for somebody who may send to nobody."""
    if not PortalSettings.load().in_app_notifications:
        raise ODataError(
            403,
            FEATURE_OFF,
            "In-app notifications are switched off. An admin can switch them on in Settings > Customer Portal.",
        )
    privileges.check_send(user, User.objects.none())


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters by our names; raises 400 for one that there is not."""
    found = {}
    for name, value in body.items():
        if name.startswith(TYPE_MARK) or name.endswith(TYPE_MARK):
            continue
        if name not in PARAMETERS:
            raise bad_payload(
                f"The parameter '{name[:60]}' is not a valid parameter for the operation 'SendAppNotification'; it has "
                f"{', '.join(PARAMETERS)}."
            )
        found[PARAMETERS[name]] = value
    return found
