"""The portal's first page: what this is, how to get to a visit, whom to call; for staff, where to go next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.start import first_steps, has_demo_company
from portal.views import sign_in


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page: to strangers the sign-in."""
    if not request.user.is_authenticated:
        return sign_in.page(request)
    is_staff = request.user.is_authenticated and request.user.is_staff
    is_demo = not is_staff and has_demo_company()
    steps = first_steps() if is_staff or is_demo else []
    return render(request, "portal/home.html", {"is_staff": is_staff, "is_demo": is_demo, "steps": steps})
