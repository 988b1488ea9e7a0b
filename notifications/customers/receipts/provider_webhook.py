"""The webhook of the mail provider: anymail's own view, which checks its signature or secret; no other provider's."""

import importlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from fsportal.conf.mail_reports import WITHOUT_WEBHOOK, is_proved, provider_of
from notifications.customers.receipts.applying import note_receipt
from notifications.customers.receipts.provider_events import receipt_of
from notifications.models import ReportSource

logger = logging.getLogger(__name__)

VIEWS = {
    "amazon_ses": "AmazonSESTrackingWebhookView",
    "brevo": "BrevoTrackingWebhookView",
    "mailersend": "MailerSendTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "mandrill": "MandrillCombinedWebhookView",
    "postal": "PostalTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "resend": "ResendTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
    "unisender_go": "UnisenderGoTrackingWebhookView",
}
#: What anymail raises while it reads what has another form than the provider's manual says.
MALFORMED = (KeyError, IndexError, ValueError, TypeError, AttributeError, AssertionError)
_events: ContextVar[list[tuple[Any, str]] | None] = ContextVar("events", default=None)


def provider() -> str:
    """Return the mail provider that has a webhook, by its name in addresses, such as amazon-ses; empty without one."""
    name = provider_of({"EMAIL_BACKEND": settings.EMAIL_BACKEND})
    return "" if name in WITHOUT_WEBHOOK else name.replace("_", "-")


def is_connected() -> bool:
    """Tell whether the webhook is open: only if each call proves that it comes from the provider."""
    return bool(provider()) and is_proved(provider().replace("-", "_"), settings.ANYMAIL)


def address() -> str:
    """Return what to enter at the provider, without the secret."""
    return settings.SITE_URL + reverse("email-reports", args=[provider()])


@csrf_exempt  # a provider has no cookie; its signature or its secret is the proof
def email_reports(request: HttpRequest, name: str) -> HttpResponse:
    """Take a provider's events. What is not proved to be from it changes nothing."""
    if name != provider() or not is_connected():
        raise Http404
    errors = importlib.import_module("anymail.exceptions")
    with _collected() as events:
        try:
            response = anymail_view()(request)
        except errors.AnymailWebhookValidationFailure:
            # Django would log its words, which may hold the secret.
            return HttpResponseForbidden("The signature or the secret does not match.")
        except (errors.AnymailError, *MALFORMED) as error:
            logger.warning("A report of the mail provider could not be read (%s)", type(error).__name__)
            return HttpResponseBadRequest("This cannot be read.")
    _apply(events)
    return response


def _apply(events: list[tuple[Any, str]]) -> None:
    for event, esp_name in events:
        if receipt := receipt_of(event, esp_name):
            note_receipt(receipt)
    if events:
        ReportSource.heard(ReportSource.Kind.EMAIL, timezone.now())


def anymail_view() -> Callable[[HttpRequest], HttpResponse]:
    """Return anymail's view; it is made for each request, as it reads the settings then."""
    name = provider().replace("-", "_")
    view = getattr(importlib.import_module(f"anymail.webhooks.{name}"), VIEWS[name])
    importlib.import_module("anymail.signals").tracking.connect(_collect, dispatch_uid=__name__)
    # Mandrill signs the address that it was given, not the one behind a proxy.
    more = {"webhook_url": _with_secret(address())} if name == "mandrill" else {}
    made: Callable[[HttpRequest], HttpResponse] = view.as_view(**more)
    return made


def _with_secret(url: str) -> str:
    secret = settings.ANYMAIL.get("WEBHOOK_SECRET")
    parts = urlsplit(url)
    return parts._replace(netloc=f"{secret}@{parts.netloc}").geturl() if secret else url


@contextmanager
def _collected() -> Iterator[list[tuple[Any, str]]]:
    """Collect the events of one request, so that they are applied once all of them could be read."""
    events: list[tuple[Any, str]] = []
    token = _events.set(events)
    try:
        yield events
    finally:
        _events.reset(token)


def _collect(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    if (events := _events.get()) is not None:
        events.append((event, esp_name))
