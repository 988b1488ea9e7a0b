"""References to users as clients write them: the text `/systemusers(<GUID>)`, or the object that Xrm.WebApi writes."""

import re
import uuid
from typing import Any

from fsportal.models import User
from notifications.inapp.errors import InvalidParameter, shown
from notifications.web_api.errors import OBJECT_DOES_NOT_EXIST, ODataError

_GUID = r"\{?([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\}?"
#: It may begin with the whole address of this service, as in OData-EntityId.
_ROW = re.compile(rf"(?:https?://[^/\s]+)?(?:/?api/data/v9\.[0-2])?/?(\w+)\((?:\w+=)?{_GUID}\)")
_TAKES = "takes '/systemusers(<GUID>)'"


def user_named(value: object, parameter: str) -> User:
    """Return the user that `value` refers to.

    Raises InvalidParameter for a team and for anything else that is not a user, ODataError (404) for an unknown user.
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
