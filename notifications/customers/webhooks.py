"""Webhooks of SMS providers: Twilio's for delivery reports and texts, and a plain one for texts from anybody else."""

import uuid

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    JsonResponse,
)
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications.customers.channels.twilio import status_of, twiml, verify_signature
from notifications.customers.delivery_reports import note_report
from notifications.customers.replies.handling import IncomingText, handle
from notifications.customers.replies.signed_webhook import LARGEST, WrongText, is_signed, read
from notifications.models import ReportSource
from notifications.models.text_reply import ID_LENGTH


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
        id=params["MessageSid"][:ID_LENGTH],
        number=params.get("From", ""),
        body=_with_files(params.get("Body", ""), params.get("NumMedia", "")),
        # Twilio has recognized and answered it itself (Advanced Opt-Out).
        handled_as=params.get("OptOutType", "").lower(),
    )
    return HttpResponse(twiml(handle(text, timezone.now())), content_type="text/xml; charset=utf-8")


def _with_files(body: str, number: str) -> str:
    """Return a text that says so if pictures or files came with it; they stay with Twilio."""
    if not number.isascii() or not number.isdigit() or not int(number):
        return body
    return f"{body}\n[{number} picture(s) or file(s), see Twilio]".strip()


@csrf_exempt
@require_POST
def text_inbound(request: HttpRequest) -> HttpResponse:
    """The plain, signed webhook (docs/texts.md). The answer is JSON: what to text back, "" for nothing."""
    if not settings.SMS_INBOUND_SECRET:
        raise Http404
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    if not 0 < length <= LARGEST:
        return HttpResponse(f"The body must have 1 to {LARGEST} bytes, and a Content-Length.", status=413)
    body, now = request.read(length), timezone.now()
    if not is_signed(request.headers, body, settings.SMS_INBOUND_SECRET, now):
        return HttpResponseForbidden("The signature does not match, or the call is older than five minutes.")
    try:
        text = read(body)
    except WrongText as wrong:
        return HttpResponseBadRequest(str(wrong))
    return JsonResponse({"answer": handle(text, now)})


def _refuse_without_twilio() -> None:
    if settings.SMS.scheme != "twilio":
        raise Http404


def _is_signed(request: HttpRequest) -> bool:
    # Twilio signs the address that it was given, not the one behind a proxy.
    url = settings.SITE_URL + request.get_full_path()
    params = {name: [str(value) for value in values] for name, values in request.POST.lists()}
    return verify_signature(url, params, request.headers.get("X-Twilio-Signature", ""), settings.SMS.password)
