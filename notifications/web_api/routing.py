"""From a request to its response: which operation an address names, and what each kind of failure is answered."""

import logging
import re
import uuid
from collections.abc import Callable

from fsportal.lib.database_away import is_away
from fsportal.models import PortalSettings
from notifications.inapp.errors import InvalidParameter, MissingPrivilege
from notifications.web_api import (
    batch,
    bulk,
    csdl,
    definition_queries,
    entity_sets,
    retrieve_metadata_changes,
    send_app_notification,
)
from notifications.web_api.errors import UNEXPECTED, ODataError, denied, invalid, no_resource, unavailable
from notifications.web_api.headers import check_versions, refuse_impersonation
from notifications.web_api.idempotency import once
from notifications.web_api.request import ODataRequest, guid_of
from notifications.web_api.response import ODataResponse
from notifications.web_api.tables import NAMESPACE, TABLES

logger = logging.getLogger(__name__)

#: An entity set, perhaps with a key: `appnotifications(<GUID>)`, `appnotifications(appnotificationid=<GUID>)`.
_SET = re.compile(r"(\w+)(?:\((?:(\w+)=)?([^()=]*)\))?")


def respond(request: ODataRequest) -> ODataResponse:
    """Respond, whatever happens; our own faults are logged and answered without details."""
    try:
        check_versions(request.headers)
        refuse_impersonation(request.headers, request.user)
        return once(request, _routed)
    except ODataError as error:
        return ODataResponse.of_error(error)
    except InvalidParameter as error:
        return ODataResponse.of_error(invalid(str(error)))
    except MissingPrivilege as error:
        return ODataResponse.of_error(denied(str(error)))
    except Exception as error:
        if is_away(error):
            logger.warning("The database did not answer the Web API (%s)", type(error).__name__)
            return ODataResponse.of_error(unavailable())
        reference = uuid.uuid4()
        logger.exception("The Web API failed at %s %s (reference %s)", request.method, request.path[:60], reference)
        return ODataResponse.of_error(
            ODataError(500, UNEXPECTED, f"An unexpected error occurred. Reference for the admin: {reference}")
        )


def _routed(request: ODataRequest) -> ODataResponse:
    first, *rest = request.path.rstrip("/").split("/")
    if request.path != batch.PATH:
        # Every response but a batch's is JSON unless it says otherwise; a client that takes no JSON gets its 406 first.
        _ = first.startswith("$metadata") or _takes_text(request, rest) or request.level
    operation = _OPERATIONS.get(first)
    if operation is not None and not rest:
        return operation(request)
    if first.partition("(")[0] in definition_queries.DEFINITION_SETS:
        return definition_queries.serve(request, [first, *rest])
    if first.partition("(")[0] == retrieve_metadata_changes.PATH and not rest:
        return retrieve_metadata_changes.serve(request)
    match = _SET.fullmatch(first)
    found = TABLES.get(match[1]) if match else None
    if match is None or found is None:
        raise no_resource(first or request.path)
    if match[3] is None:
        if len(rest) > 1:
            raise no_resource(rest[1])
        return entity_sets.of_set(request, found, rest[0] if rest else "")
    if match[2] not in (None, found.key.name):
        raise no_resource(first)
    # Clients that name the key also put quotes around its value, as for an alternate key.
    key = match[3].strip("'") if match[2] else match[3]
    return entity_sets.of_row(request, found, guid_of(key, found.key.name), rest)


def _takes_text(request: ODataRequest, rest: list[str]) -> bool:
    """Tell whether the response will be plain text, and the client takes that."""
    return rest[-1:] in (["$count"], ["$value"]) and "text/" in request.headers.get("accept", "").lower()


def _who_am_i(request: ODataRequest) -> ODataResponse:
    """Respond with the ids of the user and of this installation."""
    request.need_method("GET")
    request.allow_options()
    ids = {
        "BusinessUnitId": str(request.user.business_unit_id or uuid.UUID(int=0)),
        "UserId": str(request.user.pk),
        "OrganizationId": str(PortalSettings.load().installation_id),
    }
    return ODataResponse(json=request.context(f"#{NAMESPACE}.WhoAmIResponse") | ids)


def _batch(request: ODataRequest) -> ODataResponse:
    return batch.run(request, respond)


_OPERATIONS: dict[str, Callable[[ODataRequest], ODataResponse]] = {
    "": csdl.service_document,
    "$metadata": csdl.metadata,
    "$batch": _batch,
    "BulkDelete": bulk.bulk_delete,
    "SendAppNotification": send_app_notification.send,
    "WhoAmI": _who_am_i,
    "WhoAmI()": _who_am_i,
}
