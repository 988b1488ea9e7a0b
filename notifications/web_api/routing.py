"""From a call to its answer: which room an address belongs to, and what each kind of failure is answered."""

import hashlib
import json
import logging
import re
import uuid
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone

from fsportal.models import PortalSettings
from notifications.inapp.errors import InvalidParameter, MissingPrivilege
from notifications.models import IdempotentCall
from notifications.web_api import batch, bulk, csdl, metadata, metadata_changes, send_app_notification, table
from notifications.web_api.call import Call, ODataResponse, guid_of
from notifications.web_api.columns import TABLES
from notifications.web_api.errors import DUPLICATE_RECORD, UNEXPECTED, ODataError, denied, invalid, no_resource
from notifications.web_api.headers import check_versions, refuse_impersonation

HEADER = "idempotency-key"
LONGEST = 255


def once(call: Call, work: Callable[[Call], ODataResponse]) -> ODataResponse:
    """Do the work of a call, or answer as it was answered before. A call without a key, or no POST, is just done."""
    key = call.headers.get(HEADER)
    if key is None or call.method != "POST":
        return work(call)
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise invalid(f"The header Idempotency-Key takes 1 to {LONGEST} printable ASCII characters.")
    fingerprint = _fingerprint(call)
    try:
        return _first(call, key, fingerprint, work)
    except IntegrityError:
        known = IdempotentCall.objects.filter(user=call.user, key=key).first()
        if known is None:
            raise
    if known.fingerprint != fingerprint:
        raise ODataError(
            409, DUPLICATE_RECORD, "This Idempotency-Key was used with another address or body; take a new one."
        )
    answer = ODataResponse(**json.loads(known.answer))
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _first(call: Call, key: str, fingerprint: str, work: Callable[[Call], ODataResponse]) -> ODataResponse:
    """Claim the key and do the work in one transaction; a second call with the key waits here, then fails."""
    with transaction.atomic():
        mine = IdempotentCall.objects.filter(user=call.user, key=key)
        mine.filter(created_at__lte=timezone.now() - IdempotentCall.KEPT_FOR).delete()
        claim = IdempotentCall.objects.create(user=call.user, key=key, fingerprint=fingerprint)
        answer = work(call)
        claim.answer = json.dumps(
            {
                "status": answer.status,
                "json": answer.json,
                "text": answer.text,
                "content_type": answer.content_type,
                "headers": answer.headers,
            }
        )
        claim.save(update_fields=["answer"])
    return answer


def _fingerprint(call: Call) -> str:
    what = f"{call.method}\n{call.path}\n{call.query}\n".encode()
    return hashlib.sha256(what + call.body).hexdigest()


logger = logging.getLogger(__name__)

#: An entity set, perhaps with a key: `appnotifications(<GUID>)`, `appnotifications(appnotificationid=<GUID>)`.
_SET = re.compile(r"(\w+)(?:\((?:(\w+)=)?([^()=]*)\))?")


def answer(call: Call) -> ODataResponse:
    """Answer a call, whatever happens; what is our own fault is logged and told without details."""
    try:
        check_versions(call.headers)
        refuse_impersonation(call.headers, call.user)
        return once(call, _routed)
    except ODataError as error:
        return ODataResponse.of_error(error)
    except InvalidParameter as error:
        return ODataResponse.of_error(invalid(str(error)))
    except MissingPrivilege as error:
        return ODataResponse.of_error(denied(str(error)))
    except Exception:
        reference = uuid.uuid4()
        logger.exception("The Web API failed at %s %s (reference %s)", call.method, call.path[:60], reference)
        return ODataResponse.of_error(
            ODataError(500, UNEXPECTED, f"An unexpected error occurred. Reference for the admin: {reference}")
        )


def _routed(call: Call) -> ODataResponse:
    first, *rest = call.path.rstrip("/").split("/")
    if call.path != batch.PATH:
        # Every answer but a batch's is JSON, or says itself what else it is; who takes no JSON is told first.
        _ = first.startswith("$metadata") or _takes_text(call, rest) or call.level
    room = _ROOMS.get(first)
    if room is not None and not rest:
        return room(call)
    if first.partition("(")[0] in metadata.ROOTS:
        return metadata.serve(call, [first, *rest])
    if first.partition("(")[0] == metadata_changes.PATH and not rest:
        return metadata_changes.serve(call)
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


def _who_am_i(call: Call) -> ODataResponse:
    """Answer whose token this is, and which installation."""
    call.need_method("GET")
    call.allow_options()
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    ids = {
        "BusinessUnitId": str(call.user.business_unit_id or uuid.UUID(int=0)),
        "UserId": str(call.user.pk),
        "OrganizationId": str(PortalSettings.load().installation_id),
    }
    return ODataResponse(json=({} if call.level == "none" else {"@odata.context": context}) | ids)


def _batch(call: Call) -> ODataResponse:
    return batch.run(call, answer)


_ROOMS: dict[str, Callable[[Call], ODataResponse]] = {
    "": csdl.service_document,
    "$metadata": csdl.metadata,
    "$batch": _batch,
    "BulkDelete": bulk.bulk_delete,
    "SendAppNotification": send_app_notification.send,
    "WhoAmI": _who_am_i,
    "WhoAmI()": _who_am_i,
}
