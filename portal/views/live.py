"""The live map of a visit, as data for a page that is open."""

import datetime as dt

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from fsportal.models import PortalSettings
from portal.doors import Door, at_visit
from portal.live import Live
from portal.visit import VisitPage


@require_safe
@at_visit
def live(request: HttpRequest, door: Door, now: dt.datetime) -> HttpResponseBase:
    """Tell where the technician is and when they arrive, or that it is over: then the page asks for itself anew.

    `?line=` names the way that the page has already. Changes no row. Asked every 15 seconds by each page that is open,
    so it takes few queries: the door, the settings, the last position, and the way where that is another.
    """
    found = Live.of(VisitPage.of(door, PortalSettings.load(), now))
    return JsonResponse(found.as_json(request.GET.get("line", "")) if found else {"over": True})
