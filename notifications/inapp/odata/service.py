"""From a call to its answer: which room an address belongs to, and what each kind of failure is answered."""

import logging
import re
import uuid
from collections.abc import Callable

from fsportal.models import PortalSettings
from notifications.inapp.errors import InvalidParameter, MissingPrivilege
from notifications.inapp.odata import batch, changes, csdl, definitions, sending, several, table
from notifications.inapp.odata.call import Answer, Call, guid_of
from notifications.inapp.odata.columns import TABLES
from notifications.inapp.odata.errors import UNEXPECTED, ODataError, denied, invalid, no_resource
from notifications.inapp.odata.headers import check_versions, refuse_impersonation
from notifications.inapp.odata.idempotency import once

logger = logging.getLogger(__name__)

#: An entity set, perhaps with a key: `appnotifications(<GUID>)`, `appnotifications(appnotificationid=<GUID>)`.
_SET = re.compile(r"(\w+)(?:\((?:(\w+)=)?([^()=]*)\))?")


def answer(call: Call) -> Answer:
    """Answer a call, whatever happens; what is our own fault is logged and told without details."""
    try:
        check_versions(call.headers)
        refuse_impersonation(call.headers, call.user)
        return once(call, _routed)
    except ODataError as error:
        return Answer.of_error(error)
    except InvalidParameter as error:
        return Answer.of_error(invalid(str(error)))
    except MissingPrivilege as error:
        return Answer.of_error(denied(str(error)))
    except Exception:
        reference = uuid.uuid4()
        logger.exception("The Web API failed at %s %s (reference %s)", call.method, call.path[:60], reference)
        return Answer.of_error(
            ODataError(500, UNEXPECTED, f"An unexpected error occurred. Reference for the admin: {reference}")
        )


def _routed(call: Call) -> Answer:
    first, *rest = call.path.rstrip("/").split("/")
    if call.path != batch.PATH:
        # Every answer but a batch's is JSON, or says itself what else it is; who takes no JSON is told first.
        _ = first.startswith("$metadata") or _takes_text(call, rest) or call.level
    room = _ROOMS.get(first)
    if room is not None and not rest:
        return room(call)
    if first.partition("(")[0] in definitions.ROOTS:
        return definitions.serve(call, [first, *rest])
    if first.partition("(")[0] == changes.PATH and not rest:
        return changes.serve(call)
    match = _SET.fullmatch(first)
    found = TABLES.get(match[1]) if match else None
    if match is None or found is None:
        raise no_resource(first or call.path)
    if match[3] is None:
        if len(rest) > 1:
            raise no_resource(rest[1])
        return table.of_set(call, found, rest[0] if rest else "")
    if match[2] not in (None, found.key.name):
        raise no_resource(first)
    # Clients that name the key put quotes around its value, too, as for an alternate key.
    key = match[3].strip("'") if match[2] else match[3]
    return table.of_row(call, found, guid_of(key, found.key.name), rest)


def _takes_text(call: Call, rest: list[str]) -> bool:
    """Tell whether the address names what is answered as plain text, to a client that takes such."""
    return rest[-1:] in (["$count"], ["$value"]) and "text/" in call.headers.get("accept", "").lower()


def _who_am_i(call: Call) -> Answer:
    """Answer whose token this is, and which installation."""
    call.need_method("GET")
    call.allow_options()
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    ids = {
        "BusinessUnitId": str(call.user.business_unit_id or uuid.UUID(int=0)),
        "UserId": str(call.user.pk),
        "OrganizationId": str(PortalSettings.load().installation_id),
    }
    return Answer(json=({} if call.level == "none" else {"@odata.context": context}) | ids)


def _batch(call: Call) -> Answer:
    return batch.run(call, answer)


_ROOMS: dict[str, Callable[[Call], Answer]] = {
    "": csdl.service_document,
    "$metadata": csdl.metadata,
    "$batch": _batch,
    "BulkDelete": several.bulk_delete,
    "SendAppNotification": sending.send,
    "WhoAmI": _who_am_i,
    "WhoAmI()": _who_am_i,
}
