"""The poll: what a page asks for when it opens, and while it is open where the settings say so.

Most polls find nothing new, so that answer is cheap: the ETag names user, version stamp and time bucket under a MAC,
and one that still holds is answered without session, user or database. The time bucket is there because expiry changes
the badge without a write.
"""

import hashlib
import hmac
import time
import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from fsportal.models import PortalSettings, User
from notifications.inapp import cards, stamps
from notifications.inapp.privileges import has_bell
from notifications.models import AppNotification, InAppPreferences, ToastTime

BUCKET = 30  # seconds
LONGER = 3


@require_safe
def poll(request: HttpRequest) -> HttpResponse:
    """Answer what is new for whoever asks: the badge, and the toasts that no page has shown yet. Changes no row."""
    if _still_holds(request.headers.get("If-None-Match", "")):
        return _marked(HttpResponse(status=304), request.headers["If-None-Match"])
    user = request.user
    if not isinstance(user, User):
        return JsonResponse({"error": "signed out"}, status=401)
    if not has_bell(user):
        return JsonResponse({"error": "no bell"}, status=403)
    # The stamp is read before the rows: what changes in between makes the next poll look again.
    etag = _etag(user.pk, stamps.current(user.pk))
    return _marked(JsonResponse(_answer(user)), etag)


def _answer(user: User) -> dict[str, object]:
    now, portal = timezone.now(), PortalSettings.load()
    number = cards.unseen(user, now)
    wanted = InAppPreferences.of(user).toast_time
    rows = AppNotification.objects.filter(owner=user).live(now).for_toast().in_order()
    waiting = [] if wanted == ToastTime.OFF else list(rows[: cards.COUNTED_TO + 1])
    shown = cards.cards(waiting[: cards.TOASTS_AT_ONCE], now)
    return {
        "badge": cards.badge(number),
        "words": cards.badge_words(number),
        "toasts": [
            {"id": str(card.row.pk), "html": render_to_string("notifications/inapp/toast.html", {"card": card})}
            for card in shown
        ],
        "waiting": [str(row.pk) for row in waiting],
        "seconds": _seconds(portal.toast_seconds, wanted),
        "every": portal.in_app_poll_seconds,
    }


def _seconds(default: int, wanted: str) -> int:
    """Return how long a toast stays; 0 means until it is dismissed."""
    return 0 if wanted == ToastTime.STAYS else default * (LONGER if wanted == ToastTime.LONGER else 1)


def _marked(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie"
    return response


def _etag(user: uuid.UUID, stamp: str) -> str:
    if not stamp:
        return f'"{uuid.uuid4().hex}"'  # no cache: never unchanged
    value = f"{user.hex}.{stamp}.{int(time.time()) // BUCKET}"
    return f'"{value}.{_mac(value)}"'


def _still_holds(etag: str) -> bool:
    value, _dot, mac = etag.strip().removeprefix("W/").strip('"').rpartition(".")
    if not value or not hmac.compare_digest(_mac(value).encode(), mac.encode("utf-8", "replace")):
        return False
    user, stamp, bucket = value.split(".", 1)[0], value.split(".", 1)[1].rpartition(".")[0], value.rpartition(".")[2]
    return int(bucket) == int(time.time()) // BUCKET and stamps.current(uuid.UUID(user)) == stamp


def _mac(value: str) -> str:
    key = b"notifications.inapp.poll:" + settings.SECRET_KEY.encode()
    return hmac.new(key, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:20]
