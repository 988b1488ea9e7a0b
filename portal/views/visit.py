"""The visit that a link opens: enter by the code, then see it at an address that is no secret."""

import datetime as dt
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_POST, require_safe

from bookings.calendar import visit_calendar
from bookings.models import BookingNotificationCode
from fsportal.lib.throttle import Throttle, client_of
from fsportal.lib.zones import supported_language
from fsportal.models import PortalSettings
from portal.access import remember_visit, visit_by_cookie
from portal.views.images import image_response
from portal.visit import VisitPage

#: A mistyped link is tried a few times; a household or an office behind one address a few times more.
FAILURES = Throttle("visit-codes", limit=20, seconds=300)

View = Callable[..., HttpResponseBase]


def private(view: View) -> View:
    """Keep what the view answers out of caches, search engines and other sites' referrers."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        response = view(request, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def with_visit(view: Callable[[HttpRequest, BookingNotificationCode, dt.datetime], HttpResponseBase]) -> View:
    """Hand the view the code whose cookie the browser has, asked of its row now; refuse everybody else alike."""

    @private
    @wraps(view)
    def wrapped(request: HttpRequest, public_id: str) -> HttpResponseBase:
        now = timezone.now()
        code = visit_by_cookie(request, public_id, now)
        return view(request, code, now) if code else refused(request)

    return wrapped


@require_safe
@private
def enter(request: HttpRequest, code: str) -> HttpResponseBase:
    """Swap the code in a link for this visit's cookie, and go on at the clean address. Changes no row."""
    found = BookingNotificationCode.find(code, timezone.now())
    if found is None:
        # Only failures count: a good link opens, whoever else guessed from the same address.
        return refused(request, wait=FAILURES.count(client_of(request)))
    response = redirect("visit", public_id=found.public_id)
    remember_visit(response, found)
    return response


def refused(request: HttpRequest, wait: int = 0) -> HttpResponse:
    """Answer for unknown, wrong, expired and blocked links alike; with `wait` in seconds, that it is enough for now."""
    response = render(request, "portal/visit_refused.html", status=429 if wait else 404)
    if wait:
        response["Retry-After"] = str(wait)
    return response


@require_safe
@with_visit
def see(request: HttpRequest, code: BookingNotificationCode, now: dt.datetime) -> HttpResponseBase:
    """Show the visit in the contact's language. Changes no row."""
    page = VisitPage.of(code, PortalSettings.load(), now)
    with translation.override(page.language):
        response = render(request, "portal/visit.html", {"visit": page, "portal": page.portal})
    response["Content-Language"] = page.language
    return response


@require_POST
@with_visit
def opened(request: HttpRequest, code: BookingNotificationCode, now: dt.datetime) -> HttpResponseBase:
    """Count that the page was opened. A script tells it, so that mail scanners which only fetch do not count."""
    code.opened()
    return HttpResponse(status=204)


@require_safe
@with_visit
def calendar(request: HttpRequest, code: BookingNotificationCode, now: dt.datetime) -> HttpResponseBase:
    """Hand over the visit as a calendar file."""
    language = supported_language(code.contact.language)
    with translation.override(language):
        content = visit_calendar(code.booking, PortalSettings.load(), language, code.link)
    headers = {"Content-Disposition": 'attachment; filename="visit.ics"', "Content-Language": language}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


@require_safe
@with_visit
def photo(request: HttpRequest, code: BookingNotificationCode, now: dt.datetime) -> HttpResponseBase:
    """Show the technician's photo: only while they travel to this visit, and where the settings show it."""
    technician = VisitPage.of(code, PortalSettings.load(), now).technician
    if technician is None or not technician.has_photo:
        return refused(request)
    return image_response(code.booking.resource.photo.name) or refused(request)
