"""The header Idempotency-Key: a POST that is repeated does nothing again and is answered as the first time."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications.models import IdempotentCall
from notifications.web_api.errors import DUPLICATE_RECORD, ODataError, invalid
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse

HEADER = "idempotency-key"
LONGEST = 255

Respond = Callable[[ODataRequest], ODataResponse]


def once(request: ODataRequest, work: Respond) -> ODataResponse:
    """Do the work of a request, or answer as the first time. Only a POST with the header is remembered."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return work(request)
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise invalid(f"The header Idempotency-Key takes 1 to {LONGEST} printable ASCII characters.")
    fingerprint = _fingerprint(request)
    try:
        return _first(request, key, fingerprint, work)
    except IntegrityError:
        known = IdempotentCall.objects.filter(user=request.user, key=key).first()
        if known is None:
            raise
    if known.fingerprint != fingerprint:
        raise ODataError(
            409, DUPLICATE_RECORD, "This Idempotency-Key was used with another address or body; take a new one."
        )
    response = ODataResponse(**json.loads(known.answer))
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _first(request: ODataRequest, key: str, fingerprint: str, work: Respond) -> ODataResponse:
    """Claim the key and do the work in one transaction; a second request with the same key waits, then fails.

    Raises IntegrityError.
    """
    with transaction.atomic():
        mine = IdempotentCall.objects.filter(user=request.user, key=key)
        mine.filter(created_at__lte=timezone.now() - IdempotentCall.KEPT_FOR).delete()
        claim = IdempotentCall.objects.create(user=request.user, key=key, fingerprint=fingerprint)
        response = work(request)
        claim.answer = json.dumps(asdict(response))
        claim.save(update_fields=["answer"])
    return response


def _fingerprint(request: ODataRequest) -> str:
    what = f"{request.method}\n{request.path}\n{request.query}\n".encode()
    return hashlib.sha256(what + request.body).hexdigest()
