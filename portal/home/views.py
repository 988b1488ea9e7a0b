"""The portal's first page: a customer's visits; for strangers what this is and whom to call; for staff what is next."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bookings.technician.access import technician_of
from fsportal.models import PortalSettings
from notifications.inapp.privileges import has_bell
from portal.access.viewer import Viewer, customer_page, viewer_of
from portal.home.first_steps import first_steps
from portal.home.page import HomePage
from portal.sign_in import views


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Show the first page: to strangers the sign-in, to customers their visits, to staff where to go next.

    Technicians who are not customers are led to their day. Former technicians still have the notification center.
    """
    viewer = viewer_of(request, timezone.now())
    if viewer is None:
        return views.page(request)
    if not viewer.contacts and not viewer.is_read_only and not viewer.user.is_staff:
        if technician_of(viewer.user) is not None:
            return redirect("technician")
        if hasattr(viewer.user, "resource") and has_bell(viewer.user):
            return redirect("notification-center")
    if viewer.contacts or viewer.is_read_only or not viewer.user.is_staff:
        request.viewer = viewer  # type: ignore[attr-defined]  # asked of the database once
        return visits(request)
    return render(request, "portal/home/getting_started.html", {"steps": first_steps()})


@customer_page
def visits(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a customer their visits. Changes no row."""
    show, number = request.GET.get("show", ""), request.GET.get("page", "")
    page = HomePage(viewer, PortalSettings.of(request), get_language() or "en", timezone.now(), show, number)
    return render(request, "portal/home/visits.html", {"home": page})
