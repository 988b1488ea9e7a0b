"""Unsubscribing: by a link with a page that asks, or by the mail program's own button (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from fsportal.lib.zones import supported_language
from fsportal.models.consent import OptOutSource
from notifications.customers.subscriptions import Subscription


# A mail program's one-click POST has no cookie and thus no CSRF token (RFC 8058, 3.2). The signed token is the proof,
# and a forged POST would need it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, with one button, on GET, which changes nothing; stop the messages on POST."""
    subscription = Subscription.of(token)
    if subscription and request.method == "POST":
        is_one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        subscription.contact.opt_out(
            subscription.channel, how=OptOutSource.ONE_CLICK if is_one_click else OptOutSource.LINK
        )
    return _page(request, subscription, token)


@require_POST
def resubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Undo unsubscribing; only the page offers this."""
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
