"""The poll: pages ask for badge and toasts when they open and, if the settings say so, while they are open.

Most polls find nothing new, so that response is cheap: the ETag holds user, version stamp and a time under a MAC, and
until that time an unchanged stamp is answered without session, user and database. The time is when the next unseen app
notification expires, which changes the badge without a write, and at most HOLDS_FOR from now.
"""

import datetime as dt
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.inapp import cards
from notifications.inapp.privileges import has_bell
from notifications.models import AppNotification, InAppPreferences, ToastTime

#: Changes without a new stamp show after this: a lost privilege, an ended session, changed settings.
HOLDS_FOR = dt.timedelta(seconds=30)
LONGER = 3
#: The columns of the settings record that a poll needs; loading the many others would cost time.
ASKED = ("in_app_notifications", "in_app_poll_seconds", "toast_seconds")


class UnchangedPoll:
    """Middleware that answers a poll whose ETag still holds. It comes before everything that loads session and user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        etag = request.headers.get("If-None-Match", "")
        is_poll = etag and request.method in ("GET", "HEAD") and request.path == reverse("notification-poll")
        return _marked(HttpResponse(status=304), etag) if is_poll and _still_holds(etag) else self.get_response(request)


@require_safe
def poll(request: HttpRequest) -> HttpResponse:
    """Respond with the badge, and the toasts that no page has shown yet. Changes no row."""
    user = request.user
    if not isinstance(user, User):
        return JsonResponse({"error": "signed out"}, status=401)
    portal_settings = PortalSettings.load(*ASKED)
    if not has_bell(user, portal_settings):
        return JsonResponse({"error": "no bell"}, status=403)
    # The stamp is read before the rows, so that a change in between is found by the next poll.
    stamp, now = stamps.current(user.pk), timezone.now()
    ends = cards.unseen_ends(user, now)
    etag = _etag(user.pk, stamp, min([now + HOLDS_FOR, *ends[:1]]))
    return _marked(JsonResponse(_answer(user, portal_settings, now, len(ends))), etag)


def _answer(user: User, portal_settings: PortalSettings, now: dt.datetime, number: int) -> dict[str, object]:
    wanted = InAppPreferences.of(user).toast_time
    waiting = _waiting(user, now) if number and wanted != ToastTime.OFF else []
    shown = cards.cards(waiting[: cards.TOASTS_AT_ONCE], now)
    return {
        "badge": cards.badge(number),
        "words": cards.badge_label(number),
        "toasts": [
            {"id": str(card.row.pk), "html": render_to_string("notifications/inapp/toast.html", {"card": card})}
            for card in shown
        ],
        "waiting": [str(row.pk) for row in waiting],
        "seconds": _seconds(portal_settings.toast_seconds, wanted),
        "every": portal_settings.in_app_poll_seconds,
    }


def _waiting(user: User, now: dt.datetime) -> list[AppNotification]:
    """Return the rows that have yet to be shown as a toast."""
    rows = AppNotification.objects.filter(owner=user).live(now).for_toast().in_order()
    return list(rows[: cards.COUNTED_TO + 1])


def _seconds(default: int, wanted: str) -> int:
    """Return the seconds that a toast stays; 0 means until it is dismissed."""
    return 0 if wanted == ToastTime.STAYS else default * (LONGER if wanted == ToastTime.LONGER else 1)


def _marked(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie"
    return response


def _etag(user: uuid.UUID, stamp: str, until: dt.datetime) -> str:
    if not stamp:
        return f'"{uuid.uuid4().hex}"'  # no cache: never unchanged
    value = f"{user.hex}.{stamp}.{int(until.timestamp() * 1000)}"
    return f'"{value}.{_mac(value)}"'


def _still_holds(etag: str) -> bool:
    value, _dot, mac = etag.strip().removeprefix("W/").strip('"').rpartition(".")
    if not value or not hmac.compare_digest(_mac(value).encode(), mac.encode("utf-8", "replace")):
        return False
    user, _dot, rest = value.partition(".")
    stamp, _dot, until = rest.rpartition(".")
    return time.time() * 1000 < int(until) and stamps.current(uuid.UUID(user)) == stamp


def _mac(value: str) -> str:
    key = b"notifications.inapp.poll:" + settings.SECRET_KEY.encode()
    return hmac.new(key, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:20]
