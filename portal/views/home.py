"""The portal's first page: what this is, how to get to a visit, whom to call; for staff, where to go next."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fsportal.models import User
from portal.start import first_steps

#: The demo company's sign-ins (interfaces.md).
DEMO_USERS = ("customer", "dispatcher")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page."""
    is_staff = request.user.is_authenticated and request.user.is_staff
    is_demo = not is_staff and has_demo_company()
    steps = first_steps() if is_staff or is_demo else []
    return render(request, "portal/home.html", {"is_staff": is_staff, "is_demo": is_demo, "steps": steps})


def has_demo_company() -> bool:
    """Tell whether this is somebody's first look: nothing leaves the machine, and the demo company is there."""
    if settings.DELIVERY_MODE != "simulate" or not settings.DEMO:
        return False
    return User.objects.filter(username__in=DEMO_USERS).count() == len(DEMO_USERS)
