"""The page of the map of the day, and what it asks every 15 seconds while somebody looks at it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import day_map
from bookings.models import Resource
from fsportal.lib.maps import map_credits
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import utc_moment

MAY_SEE = "bookings.view_position"


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the list, which says everything; scripts draw the map above it."""
    more = _seen(request) | {
        "title": _("Map of the day"),
        "tiles": settings.MAP_TILES_URL,
        "credits": map_credits(),
    }
    return TemplateResponse(request, "admin/day_map.html", context | more)


def now(request: HttpRequest, _context: dict[str, Any]) -> JsonResponse:
    """Return the list anew, and what the map draws."""
    seen = _seen(request)
    words = render_to_string("admin/includes/day_map_list.html", seen, request)
    return JsonResponse({"list": words, **day_map.drawn(seen["technicians"])})


def _seen(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    at, portal = timezone.now(), PortalSettings.load()
    slip = dt.timedelta(minutes=portal.slip_minutes)
    found = day_map.technicians(day_map.Moment(at, slip))
    is_full = len(found) == day_map.SHOWN
    return {
        "now_words": utc_moment(at),
        "technicians": found,
        "late": sum(one.is_late for one in found),
        "under_way": sum(one.current is not None for one in found),
        "unseen": sum(one.point is None for one in found),
        "more": Resource.objects.filter(is_active=True).count() - len(found) if is_full else 0,
    }
