"""The link in an invitation of staff, and the page on which they choose their password."""

import datetime as dt
import math
import uuid

from allauth.account.utils import perform_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from fsportal.lib.throttle import Throttle, client_of
from fsportal.lib.zones import supported_language
from portal.access.viewer import private
from portal.models import SecurityEvent, SecurityNotice, StaffInvitation
from portal.staff_invitations.forms import JoinForm

#: Only links that open nothing count.
FAILURES = Throttle("staff-invitation-codes", limit=20, seconds=600)
KEY = "portal.staff-invitation"
#: Long enough to think of a password; short enough for a shared computer.
KEPT_FOR = dt.timedelta(hours=2)


@require_safe
@private
def enter(request: HttpRequest, code: str) -> HttpResponseBase:
    """Keep the invitation for this browser, and go on at an address without the code. The link still works after it."""
    now = timezone.now()
    found = StaffInvitation.by_code(code, now)
    if found is None:
        return _refused(request, wait=FAILURES.count(client_of(request)))
    request.session.cycle_key()
    until = (now + KEPT_FOR).isoformat()
    request.session[KEY] = {"id": str(found.pk), "generation": found.generation, "until": until}
    return redirect("join")


@require_http_methods(["GET", "HEAD", "POST"])
@private
def join(request: HttpRequest) -> HttpResponseBase:
    """Ask for a password; with a good one the person is in, and lands where they work."""
    now = timezone.now()
    invitation = _held(request, now)
    if invitation is None:
        return _refused(request)
    with translation.override(supported_language(invitation.language)):
        if request.user.is_authenticated:
            return _page(request, invitation, None)
        if request.method != "POST":
            return _page(request, invitation, JoinForm(user=invitation.user))
        form = JoinForm(request.POST, user=invitation.user)
        if not form.is_valid():
            return _page(request, invitation, form, status=400)
        return _let_in(request, invitation, form.hashed(), now)


def _let_in(request: HttpRequest, invitation: StaffInvitation, password: str, now: dt.datetime) -> HttpResponseBase:
    with transaction.atomic():
        is_in = invitation.accept(password, now)
        if is_in:
            SecurityNotice.tell(invitation.user, SecurityEvent.PASSWORD_SET)
    if not is_in:
        return _refused(request)
    del request.session[KEY]
    # django-allauth's function, so that the profile lists this session; it leads on to where this role works.
    response: HttpResponseBase = perform_login(request, invitation.user)
    request.session.set_expiry(0)  # until the browser closes: only the sign-in page offers to stay signed in
    return response


def _held(request: HttpRequest, now: dt.datetime) -> StaffInvitation | None:
    """Return the invitation that this browser holds, while its link works."""
    kept: dict[str, str] = request.session.get(KEY, {})
    if not kept or now >= dt.datetime.fromisoformat(kept["until"]):
        return None
    found = StaffInvitation.objects.open(now).filter(pk=uuid.UUID(kept["id"]), generation=kept["generation"])
    return found.select_related("user", "inviter").first()


def _page(
    request: HttpRequest, invitation: StaffInvitation, form: JoinForm | None, *, status: int = 200
) -> HttpResponse:
    context = {"invitation": invitation, "form": form}
    return render(request, "portal/staff_invitations/join.html", context, status=status)


def _refused(request: HttpRequest, wait: int = 0) -> HttpResponse:
    """Answer unknown, used, replaced and expired links alike; with `wait` (seconds), ask for patience."""
    context = {"minutes": math.ceil(wait / 60)}
    response = render(request, "portal/staff_invitations/over.html", context, status=429 if wait else 404)
    if wait:
        response["Retry-After"] = str(wait)
    return response
