"""Redeeming an invitation, first part: the code, and whom it is for. Opening a link changes nothing."""

import math

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from fsportal.lib.throttle import Throttle, client_of
from fsportal.models import User
from portal.access.viewer import private
from portal.invitations.forms import LONGEST_CODE, InvitationCodeForm
from portal.invitations.held import in_language_of, introduction
from portal.invitations.in_session import hold
from portal.models import Invitation

#: Guesses from one client (docs/decisions/0013-codes-that-people-type.md). Codes that were right once do not count.
GUESSES = Throttle("invitation-codes", limit=20, seconds=600)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def start(request: HttpRequest, code: str = "") -> HttpResponseBase:
    """Ask for the code; with a good one in the address, show whom it is for; with a good one posted, go on."""
    if request.method == "POST":
        return _take(request, InvitationCodeForm(request.POST))
    if not code:
        return _page(request, InvitationCodeForm())
    return _show(request, InvitationCodeForm({"code": code[:LONGEST_CODE]}))


def _take(request: HttpRequest, form: InvitationCodeForm) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, form, status=400)
    wait, invitation = _look_up(request, form)
    if invitation is None:
        return _refused(request, form, wait, status=400)
    hold(request, invitation, timezone.now())
    return redirect("invitation")


def _show(request: HttpRequest, form: InvitationCodeForm) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, form, status=404)
    wait, invitation = _look_up(request, form)
    intro = introduction(invitation) if invitation else None
    if invitation is None or intro is None:
        return _refused(request, form, wait, status=404)
    is_staff = isinstance(request.user, User) and request.user.is_staff
    with in_language_of(invitation):
        context = {"form": form, "intro": intro, "invitation": invitation, "is_staff": is_staff}
        return render(request, "portal/invitations/redeem_for.html", context)


def _look_up(request: HttpRequest, form: InvitationCodeForm) -> tuple[int, Invitation | None]:
    """Return the seconds to wait, and the invitation if it can be redeemed. Beyond the limit right codes wait too."""
    client, now = client_of(request), timezone.now()
    # Counted before it is looked up, or many guesses at once would get past the limit.
    if wait := GUESSES.count(client):
        return wait, None
    found = Invitation.by_code(form.cleaned_data["code"])
    if found is None:
        return 0, None
    GUESSES.give_back(client)
    return 0, found if found.is_redeemable(now) and introduction(found) else None


def _refused(request: HttpRequest, form: InvitationCodeForm, wait: int, *, status: int) -> HttpResponse:
    """Answer unknown, withdrawn, expired and used up codes alike; with `wait` (seconds), ask for patience."""
    if not wait:
        form.add_error("code", _("This code does not work. Compare it with our message."))
        return _page(request, form, status=status, refused=True)
    minutes = math.ceil(wait / 60)
    form.add_error(
        "code",
        ngettext(
            "Too many tries. Wait %(minutes)d minute, then try again.",
            "Too many tries. Wait %(minutes)d minutes, then try again.",
            minutes,
        )
        % {"minutes": minutes},
    )
    response = _page(request, form, status=429)
    response["Retry-After"] = str(wait)
    return response


def _page(request: HttpRequest, form: InvitationCodeForm, *, status: int = 200, refused: bool = False) -> HttpResponse:
    return render(request, "portal/invitations/redeem.html", {"form": form, "refused": refused}, status=status)
