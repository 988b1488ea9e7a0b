"""The poll: pages ask for badge and toasts when they open and, if the settings say so, while they are open.

Most polls find nothing new, so that answer is cheap. The ETag holds user, version stamp and a time under a MAC with the
session cookie; while it holds, the poll is answered without session, user and database: with 304, or for a page that
was only just opened with the answer that this session got before (kept.py). The time is when the next unseen app
notification expires or wakes, which changes the badge without a write, and at most HOLDS_FOR from now.

That is safe because such an answer never says anything new: it repeats what this session was told after a look at
session, user and privileges. Whatever is new has a new stamp (notifications/stamps.py), and so does whatever takes the
bell away: signing out here or elsewhere, another password, a closed account, a lost group, other settings
(notifications/inapp/access.py). Without the cache there is no stamp, and every poll asks the database.
"""

import datetime as dt
import hashlib
import hmac
import time
import uuid
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fsportal.lib import zones
from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.inapp import cards, kept
from notifications.inapp.privileges import has_bell
from notifications.inapp.taking import with_company
from notifications.models import AppNotification, InAppPreferences, ToastTime

#: What changed while the cache was away, and so without a new stamp, shows after this. Also what was changed beside the
#: product: a session or a group membership that somebody deleted in the database.
HOLDS_FOR = dt.timedelta(minutes=5)
LONGER = 3
#: The columns of the settings record that a poll needs; loading the many others would cost time.
ASKED = ("in_app_notifications", "in_app_poll_seconds", "toast_seconds", "time_zone")


class UnchangedPoll:
    """Middleware that answers a poll of which nothing has changed, before anything loads session and user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path != _address() or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        etag = request.headers.get("If-None-Match", "")
        if etag and _still_holds(etag, request):
            return _marked(HttpResponse(status=304), etag)
        earlier = kept.answer(request)
        if earlier is not None and _still_holds(earlier["ETag"], request):
            return earlier
        response = self.get_response(request)
        if getattr(request, "may_be_repeated", False):
            kept.keep(request, response, HOLDS_FOR)
        return response


@cache
def _address() -> str:
    return reverse("notification-poll")


@require_safe
def poll(request: HttpRequest) -> HttpResponse:
    """Respond with the badge, and the toasts that no page has shown yet. Changes no row."""
    user = request.user
    if not isinstance(user, User):
        return JsonResponse({"error": "signed out"}, status=401)
    portal_settings = PortalSettings.load(*ASKED)
    if not has_bell(user, portal_settings):
        return JsonResponse({"error": "no bell"}, status=403)
    # The stamp is read before the rows, so that a change in between is found by the next poll; session and user were
    # read before it, so they are looked at again.
    stamp, now = stamps.current(user.pk), timezone.now()
    if not _is_still_signed_in(request):
        return JsonResponse({"error": "signed out"}, status=401)
    number, until = cards.unseen_until(user, now, now + HOLDS_FOR)
    etag = _etag(request, user.pk, stamp, until)
    answer = _answer(user, portal_settings, now, number)
    # Toasts are shown once, and say how old they are.
    request.may_be_repeated = bool(stamp) and not answer["waiting"]  # type: ignore[attr-defined]
    return _marked(JsonResponse(answer), etag)


def _is_still_signed_in(request: HttpRequest) -> bool:
    return request.session.exists(request.session.session_key or "") and get_user(request).is_authenticated


def _answer(user: User, portal_settings: PortalSettings, now: dt.datetime, number: int) -> dict[str, object]:
    wanted = InAppPreferences.of(user).toast_time
    waiting = _waiting(user, now) if number and wanted != ToastTime.OFF else []
    shown = cards.cards(waiting[: cards.TOASTS_AT_ONCE], now)
    with timezone.override(zones.shown(portal_settings.time_zone)):
        toasts = [
            {"id": str(card.row.pk), "html": render_to_string("notifications/inapp/toast.html", {"card": card})}
            for card in shown
        ]
    return {
        "badge": cards.badge(number),
        "words": cards.badge_label(number),
        "toasts": toasts,
        "waiting": [str(row.pk) for row in waiting],
        "seconds": _seconds(portal_settings.toast_seconds, wanted),
        "every": portal_settings.in_app_poll_seconds,
    }


def _waiting(user: User, now: dt.datetime) -> list[AppNotification]:
    """Return the rows that have yet to be shown as a toast."""
    rows = AppNotification.objects.filter(owner=user).live(now).awake(now).for_toast().in_order()
    return list(with_company(rows, now)[: cards.COUNTED_TO + 1])


def _seconds(default: int, wanted: str) -> int:
    """Return the seconds that a toast stays; 0 means until it is dismissed."""
    return 0 if wanted == ToastTime.STAYS else default * (LONGER if wanted == ToastTime.LONGER else 1)


def _marked(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie"
    return response


def _etag(request: HttpRequest, user: uuid.UUID, stamp: str, until: dt.datetime) -> str:
    if not stamp:
        return f'"{uuid.uuid4().hex}"'  # no cache: never unchanged
    value = f"{user.hex}.{stamp}.{int(until.timestamp() * 1000)}"
    return f'"{value}.{_mac(value, request)}"'


def _still_holds(etag: str, request: HttpRequest) -> bool:
    value, _dot, mac = etag.strip().removeprefix("W/").strip('"').rpartition(".")
    if not value or not hmac.compare_digest(_mac(value, request).encode(), mac.encode("utf-8", "replace")):
        return False
    user, _dot, rest = value.partition(".")
    stamp, _dot, until = rest.rpartition(".")
    return time.time() * 1000 < int(until) and stamps.current(uuid.UUID(user)) == stamp


def _mac(value: str, request: HttpRequest) -> str:
    """Return the MAC of an ETag for this session: another browser's, or one of before signing out, is no good."""
    key = b"notifications.inapp.poll:" + settings.SECRET_KEY.encode()
    said = f"{value}:{request.COOKIES.get(settings.SESSION_COOKIE_NAME, '')}"
    return hmac.new(key, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:20]
