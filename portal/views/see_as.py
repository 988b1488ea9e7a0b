"""The way out of seeing the portal as a customer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from fsportal.models import User
from fsportal.settings_area.parts import change_url
from portal.see_as import end


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Stop looking; back to the contact's page for who may see it. Harmless for everybody else."""
    contact = end(request, timezone.now())
    if contact and isinstance(request.user, User) and request.user.has_perm("fsportal.view_contact"):
        return redirect(change_url(contact))
    return redirect("home")
