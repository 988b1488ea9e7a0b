"""Where providers call us back."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications.customers.channels.twilio import status_of, verify_signature
from notifications.customers.receipts import note_report


@csrf_exempt  # a provider has no cookie; its signature takes the place of the token
@require_POST
def sms_status(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Twilio's status callback for message `pk` (Twilio: "Track outbound message status", "Validate requests")."""
    if settings.SMS.scheme != "twilio":
        raise Http404
    # What Twilio signed is the address that we gave it, not the one behind a proxy.
    url = settings.SITE_URL + request.get_full_path()
    params = request.POST.dict()
    if not verify_signature(url, params, request.headers.get("X-Twilio-Signature", ""), settings.SMS.password):
        return HttpResponseForbidden("The signature does not match.")
    state, detail = status_of(params)
    note_report(pk, state, provider_id=params.get("MessageSid", ""), detail=detail)
    return HttpResponse(status=204)
