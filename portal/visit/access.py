"""The two ways to a visit: a customer's account, and the link in a message.

A view of one visit is written once, takes a `VisitAccess`, and has two addresses: below /bookings/<id>/ and below
/visit/see/<public id>/ (urls.py).
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from bookings.models import Booking, BookingNotificationCode
from fsportal.lib.zones import supported_language
from fsportal.models import Contact, PortalSettings, User
from portal.access.viewer import View, Viewer, customer_page, private

SALT = "portal.visit"
#: Opening the link again gives a new cookie; whether it still opens the visit is checked each time.
KEPT_FOR = dt.timedelta(days=60)
#: The pages of one visit by the ends of their names in urls.py; the visit itself is `page`.
PAGES = [
    "calendar",
    "photo",
    "live",
    "opened",
    "change",
    "check",
    "move",
    "cancel",
    "ask",
    "answer",
    "confirm",
    "code",
    "feedback",
]


@dataclass(frozen=True)
class VisitAccess:
    """One visit, as which contact it is seen at `now` (aware), and by which way: an account or a link."""

    booking: Booking
    contact: Contact
    now: dt.datetime
    portal_settings: PortalSettings
    code: BookingNotificationCode | None = None
    viewer: Viewer | None = None
    #: The fields of the request: of its form if it is a POST, otherwise of its address.
    asked: QueryDict = field(default_factory=QueryDict)

    @cached_property
    def language(self) -> str:
        return supported_language(self.contact.language)

    @property
    def by_link(self) -> bool:
        """Tell whether the customer has only the link, and so has not proved who they are."""
        return self.code is not None

    @property
    def user(self) -> User | None:
        """Return the customer's user for the history, or None if they came by a link."""
        return self.viewer.user if self.viewer else None

    @cached_property
    def to(self) -> dict[str, str]:
        """Return the addresses of the visit (`page`) and of PAGES, by the way that is in use."""
        way, argument = ("visit", self.code.public_id) if self.code else ("booking", self.booking.pk)
        return {"page": reverse(way, args=[argument])} | {
            page: reverse(f"{way}-{page}", args=[argument]) for page in PAGES
        }


VisitView = Callable[[HttpRequest, VisitAccess], HttpResponseBase]


def at_visit(view: VisitView) -> View:
    """Hand the view the visit that the address leads to, in the contact's language.

    By link the code must still open it, which is checked on each request; signed in, the customer must be allowed to
    see it. Everybody else learns nothing about the visit.
    """

    @customer_page
    def by_account(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponseBase:
        booking = viewer.booking(pk)
        return _answer(view, request, booking, viewer.contact_for(booking), timezone.now(), viewer=viewer)

    @private
    def by_link(request: HttpRequest, public_id: str) -> HttpResponseBase:
        now = timezone.now()
        code = visit_by_cookie(request, public_id, now)
        return _answer(view, request, code.booking, code.contact, now, code=code) if code else refused(request)

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return (by_link if "public_id" in kwargs else by_account)(request, **kwargs)

    return wrapped


def _answer(
    view: VisitView, request: HttpRequest, booking: Booking, contact: Contact, now: dt.datetime, **way: Any
) -> HttpResponseBase:
    asked = request.POST if request.method == "POST" else request.GET
    access = VisitAccess(booking, contact, now, PortalSettings.of(request), asked=asked, **way)
    with translation.override(access.language):
        response = view(request, access)
    response["Content-Language"] = access.language
    return response


def refused(request: HttpRequest, wait: int = 0) -> HttpResponse:
    """Answer unknown, wrong, expired and blocked links alike; with `wait` (seconds), ask for patience."""
    response = render(request, "portal/visit/refused.html", status=429 if wait else 404)
    if wait:
        response["Retry-After"] = str(wait)
    return response


# --- The cookie that takes a link's place ---------------------------------------------------------------------------
def remember_visit(response: HttpResponse, code: BookingNotificationCode) -> None:
    """Give the browser a key to this one visit; it is sent with requests for this visit only."""
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
    """Return the code whose cookie this browser has, if its row says that it opens the visit at `now`."""
    value = request.get_signed_cookie(_cookie(public_id), default="", salt=SALT, max_age=KEPT_FOR) or ""
    known, _colon, generation = value.partition(":")
    if known != public_id or not generation.isdecimal():
        return None
    code = BookingNotificationCode.of_page(known, int(generation))
    return code if code and code.opens_at(now) else None


def _cookie(public_id: str) -> str:
    return f"visit_{public_id}"
