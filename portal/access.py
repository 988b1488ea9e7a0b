"""Who may see what: the booking-scoped cookie that takes the place of the secret link."""

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from bookings.models import BookingNotificationCode

SALT = "portal.visit"
#: The link in the message gives a new one; whether it still opens anything is asked of the row each time.
KEPT_FOR = dt.timedelta(days=60)


def remember_visit(response: HttpResponse, code: BookingNotificationCode) -> None:
    """Give the browser its key to this one visit, sent with requests for this visit only."""
    response.set_signed_cookie(
        _cookie(code.public_id),
        f"{code.public_id}:{code.generation}",
        salt=SALT,
        max_age=KEPT_FOR,
        path=reverse("visit", args=[code.public_id]),
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def visit_by_cookie(request: HttpRequest, public_id: str, now: dt.datetime) -> BookingNotificationCode | None:
    """Return the code whose cookie this browser has, if it opens its visit at `now`: asked of the row every time."""
    value = request.get_signed_cookie(_cookie(public_id), default="", salt=SALT, max_age=KEPT_FOR) or ""
    known, _colon, generation = value.partition(":")
    if known != public_id or not generation.isdecimal():
        return None
    code = BookingNotificationCode.objects.for_visit().filter(public_id=known, generation=int(generation)).first()
    return code if code and code.opens_at(now) else None


def _cookie(public_id: str) -> str:
    return f"visit_{public_id}"
