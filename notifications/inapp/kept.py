"""Answers of the poll that may be given again, by session, in the memory of this process.

A page that was only just opened has no ETag. If nothing has changed since another page of its session asked, it gets
that answer. Not in the cache, because to write there costs more than the poll.
"""

import datetime as dt
import hashlib

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse, HttpResponseBase

#: Some 700 bytes each.
MOST = 5000
answers = LocMemCache("notifications.inapp.kept", {"OPTIONS": {"MAX_ENTRIES": MOST}})


def keep(request: HttpRequest, response: HttpResponseBase, holds_for: dt.timedelta) -> None:
    """Keep an answer for the session of `request`, unless it sets cookies."""
    key = _key(request)
    if key and isinstance(response, HttpResponse) and not response.cookies:
        answers.set(key, (dict(response.items()), response.content), holds_for.total_seconds())


def answer(request: HttpRequest) -> HttpResponse | None:
    """Return the answer that was kept for the session of `request`; its ETag tells whether it still holds."""
    key = _key(request)
    found = answers.get(key) if key else None
    return HttpResponse(found[1], headers=found[0]) if found else None


def _key(request: HttpRequest) -> str:
    """Return the key of this session and language; empty without a session."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if not cookie:
        return ""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), request.headers.get("Accept-Language", "")
    return hashlib.sha256(repr((cookie, language)).encode("utf-8", "replace")).hexdigest()
