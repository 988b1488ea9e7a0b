"""The company's time zone: the Settings area and the notification center are in it.

Django's current time zone is that of the company while such a page is made, so lists, filters by day and forms follow
it by themselves. Everywhere else it stays UTC: pages about a visit name the zone of its site, technicians' pages have
the technician's own, and machines read UTC.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from fsportal.lib import zones
from fsportal.models import PortalSettings

#: Names of addresses, and of the namespace, whose pages are in the company's zone. The poll activates it by itself.
NAMESPACE, PAGES = "admin", ("notification-center", "notification-preferences")


class CompanyZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if _is_for_staff(request):
            timezone.activate(zones.shown(PortalSettings.of(request).time_zone))


def _is_for_staff(request: HttpRequest) -> bool:
    found = request.resolver_match
    return found is not None and (NAMESPACE in found.namespaces or found.url_name in PAGES)


def current_zone() -> str:
    """Return the name of the zone of this page: the company's on staff pages, otherwise UTC."""
    return timezone.get_current_timezone_name()


def first_day(days: int, now: dt.datetime) -> dt.date:
    """Return the first of so many days that end today, by the clock of this page."""
    return timezone.localdate(now) - dt.timedelta(days=days - 1)


def midnight(day: dt.date) -> dt.datetime:
    """Return the moment (UTC) at which a day begins by the clock of this page."""
    return zones.midnight(day, current_zone())
