"""A calendar feed as calendars fetch it. GET changes nothing, so nobody counts who fetched what."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from bookings.feeds.contents import contents
from bookings.models import CalendarFeed
from fsportal.lib.throttle import Throttle, client_of

#: Codes from one address that open nothing. A calendar whose feed was revoked asks every few minutes for weeks.
REFUSED = Throttle("calendar-refused", limit=30, seconds=600)


@require_safe
def feed(request: HttpRequest, code: str) -> HttpResponseBase:
    """Answer alike, with 404, for unknown, wrong and revoked codes."""
    client = client_of(request)
    if wait := REFUSED.wait_of(client):
        return _too_many(wait)
    found = CalendarFeed.find(code)
    if found is None:
        if wait := REFUSED.count(client):
            return _too_many(wait)
        return _private(HttpResponseNotFound("There is no such calendar.\n", content_type="text/plain; charset=utf-8"))
    with translation.override(settings.LANGUAGE_CODE):
        body = contents(found, timezone.now())
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Content-Disposition"] = 'inline; filename="visits.ics"'
    return _private(get_conditional_response(request, etag=etag, response=response) or response)


def _too_many(wait: int) -> HttpResponse:
    return HttpResponse(status=429, headers={"Retry-After": str(wait)})


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
