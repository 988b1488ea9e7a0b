"""Webhooks that Twilio calls: delivery reports and text replies."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications.customers.channels.twilio import status_of, twiml, verify_signature
from notifications.customers.delivery_reports import note_report
from notifications.customers.replies.handling import IncomingText, handle
from notifications.models import ReportSource


@csrf_exempt  # a provider has no cookie; its signature is the proof
@require_POST
def sms_status(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Twilio's status callback for message `pk` (Twilio: "Track outbound message status", "Validate requests")."""
    _refuse_without_twilio()
    if not _is_signed(request):
        return HttpResponseForbidden("The signature does not match.")
    params = request.POST.dict()
    state, why = status_of(params)
    code = params.get("ErrorCode", "")
    detail = f"Twilio {code}: {why}" if code.isdecimal() and why else why
    ReportSource.heard(ReportSource.Kind.TEXTS, timezone.now())
    note_report(pk, state, provider_id=params.get("MessageSid", ""), detail=detail, why=why)
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def sms_inbound(request: HttpRequest) -> HttpResponse:
    """Twilio's webhook for a message that comes in; the answer is TwiML (Twilio: "TwiML for Messaging")."""
    _refuse_without_twilio()
    if not _is_signed(request):
        return HttpResponseForbidden("The signature does not match.")
    params = request.POST
    if not params.get("MessageSid"):
        return HttpResponseBadRequest("The MessageSid is missing.")
    text = IncomingText(
        id=params["MessageSid"][:64],
        number=params.get("From", ""),
        body=params.get("Body", ""),
        # Twilio has recognized and answered it itself (Advanced Opt-Out).
        handled_as=params.get("OptOutType", "").lower(),
    )
    return HttpResponse(twiml(handle(text, timezone.now())), content_type="text/xml; charset=utf-8")


def _refuse_without_twilio() -> None:
    if settings.SMS.scheme != "twilio":
        raise Http404


def _is_signed(request: HttpRequest) -> bool:
    # Twilio signs the address that it was given, not the one behind a proxy.
    url = settings.SITE_URL + request.get_full_path()
    params = {name: [str(value) for value in values] for name, values in request.POST.lists()}
    return verify_signature(url, params, request.headers.get("X-Twilio-Signature", ""), settings.SMS.password)
