"""The portal's first page: a customer's visits; for strangers what this is and whom to call; for staff what is next."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from fsportal.models import PortalSettings, User
from portal.access import Viewer, customer_page, viewer_of
from portal.home import HomePage
from portal.start import first_steps

#: The demo company's sign-ins (interfaces.md).
DEMO_USERS = ("customer", "dispatcher")


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Show the first page."""
    viewer = viewer_of(request, timezone.now())
    is_staff = viewer is not None and viewer.user.is_staff
    if viewer and (viewer.contacts or not is_staff):
        request.viewer = viewer  # type: ignore[attr-defined]  # asked of the database once
        return visits(request)
    is_demo = not is_staff and has_demo_company()
    steps = first_steps() if is_staff or is_demo else []
    return render(request, "portal/home.html", {"is_staff": is_staff, "is_demo": is_demo, "steps": steps})


@customer_page
def visits(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a customer their visits. Changes no row."""
    show, number = request.GET.get("show", ""), request.GET.get("page", "")
    page = HomePage(viewer, PortalSettings.load(), get_language() or "en", timezone.now(), show, number)
    return render(request, "portal/visits.html", {"home": page, "portal": page.portal})


def has_demo_company() -> bool:
    """Tell whether this is somebody's first look: nothing leaves the machine, and the demo company is there."""
    if settings.DELIVERY_MODE != "simulate" or not settings.DEMO:
        return False
    return User.objects.filter(username__in=DEMO_USERS).count() == len(DEMO_USERS)
