"""`Idempotency-Key` on POSTs: same key and body, same answer; same key and another body, 409. Kept for a day."""

import hashlib
import json
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications.inapp.odata.call import Answer, Call
from notifications.inapp.odata.errors import DUPLICATE_RECORD, ODataError, invalid
from notifications.models import IdempotentCall

HEADER = "idempotency-key"
LONGEST = 255


def once(call: Call, work: Callable[[Call], Answer]) -> Answer:
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
    answer = Answer(**json.loads(known.answer))
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _first(call: Call, key: str, fingerprint: str, work: Callable[[Call], Answer]) -> Answer:
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
