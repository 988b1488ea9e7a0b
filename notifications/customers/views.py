"""Unsubscribing: from a link with a confirming page, or by the mail program's own button (RFC 8058)."""

import uuid
from dataclasses import dataclass

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from fsportal.lib import masks
from fsportal.lib.phones import masked
from fsportal.lib.zones import supported_language
from fsportal.models import Contact
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers.rendering import read_unsubscribe_token


@dataclass(frozen=True)
class Subscription:
    """One contact's messages on one channel, as a link names them."""

    contact: Contact
    channel: Channel

    @classmethod
    def of(cls, token: str) -> "Subscription | None":
        """Return what the token names, or None for a token that was not made here or whose contact is gone."""
        try:
            pk, channel = read_unsubscribe_token(token)
            contact = Contact.objects.filter(pk=uuid.UUID(pk)).first()
            return cls(contact, Channel(channel)) if contact else None
        except (BadSignature, ValueError, KeyError, TypeError):
            return None

    @property
    def can_choose(self) -> bool:
        """Tell whether the contact has an account, where single messages can be chosen."""
        return self.contact.portal_user_id is not None

    @property
    def address(self) -> str:
        """Return the address, so that its owner knows it and nobody else learns it."""
        if self.channel == Channel.SMS:
            return masked(self.contact.mobile_phone)
        return masks.email(self.contact.email)


# A mail program's one-click POST comes without a cookie and so without a CSRF token (RFC 8058, 3.2); the signed
# token is the proof, and the worst that a forged POST could do needs that same token.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with one button on GET, which changes nothing; stop the messages on POST, however often it comes."""
    subscription = Subscription.of(token)
    if subscription and request.method == "POST":
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        subscription.contact.opt_out(
            subscription.channel, how=OptOutSource.ONE_CLICK if is_one_click else OptOutSource.LINK
        )
    return _page(request, subscription, token)


@require_POST
def resubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Take the unsubscribing back; this one only a person can do."""
    subscription = Subscription.of(token)
    if subscription:
        subscription.contact.opt_in(subscription.channel, how=OptOutSource.LINK)
    return _page(request, subscription, token, undone=True)


def _page(request: HttpRequest, subscription: Subscription | None, token: str, *, undone: bool = False) -> HttpResponse:
    if subscription is None:
        response = render(request, "notifications/unsubscribe_unknown.html", status=404)
    else:
        stopped = subscription.contact.has_opted_out(subscription.channel)
        context = {"subscription": subscription, "token": token, "stopped": stopped, "undone": undone}
        language = supported_language(subscription.contact.language)
        with translation.override(language):
            response = render(request, "notifications/unsubscribe.html", context)
        response["Content-Language"] = language
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
