"""The one-time code at a link: where it should go, and the six digits that came."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bookings.models import BookingNotificationCode
from fsportal.lib.throttle import Throttle, client_of
from fsportal.models import PortalSettings
from portal.models import OneTimeCode
from portal.models.one_time_code import LIVES_FOR, MOST_TRIES
from portal.visit import proof
from portal.visit.access import VisitAccess, at_visit, refused
from portal.visit.forms import OneTimeCodeForm, WayForm
from portal.visit.page import VisitPage

#: Each code is a message that costs, and five guesses at a million digits.
SENDS = Throttle("visit-one-time-codes", limit=3, seconds=600)
#: Whoever asks, from wherever: over the life of a link, guessing must stay hopeless.
SENDS_A_DAY = Throttle("visit-one-time-codes-a-day", limit=12, seconds=86400)


@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def prove(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponseBase:
    """Let whoever came by a link prove to be the contact, then lead on to what they wanted. A GET sends nothing."""
    if door.code is None:  # there is no such page for an account, which has proved it by signing in
        return refused(request)
    wanted = proof.next_page(door, request.GET.get("next", ""))
    if proof.is_proved(request, door, now):
        return redirect(wanted)
    if request.method == "POST" and "digits" in request.POST:
        return _check(request, door, door.code, now, wanted)
    if request.method == "POST":
        return _send(request, door, door.code, now)
    sent = proof.sent_code(door.code, request.GET.get("sent", ""))
    if sent and "again" not in request.GET:
        return _page(request, door, now, sent=sent, form=OneTimeCodeForm())
    return _page(request, door, now)


def _send(request: HttpRequest, door: VisitAccess, code: BookingNotificationCode, now: dt.datetime) -> HttpResponse:
    form = WayForm(request.POST, ways=proof.ways(door.contact))
    if not form.is_valid():
        return _page(request, door, now, form=form, status=422)
    wait = SENDS.count(f"{code.public_id} {client_of(request)}") or SENDS_A_DAY.count(code.public_id)
    if wait:
        response = _page(request, door, now, form=form, wait=wait, status=429)
        response["Retry-After"] = str(wait)
        return response
    sent = proof.send_code(code, form.cleaned_data["channel"])
    return redirect(f"{request.path}?{urlencode({'next': request.GET.get('next', ''), 'sent': sent.pk})}")


def _check(
    request: HttpRequest, door: VisitAccess, code: BookingNotificationCode, now: dt.datetime, wanted: str
) -> HttpResponse:
    sent = proof.sent_code(code, request.GET.get("sent", ""))
    if sent is None:
        return _page(request, door, now, status=422)
    form = OneTimeCodeForm(request.POST)
    if form.is_valid() and proof.proves(sent, form.cleaned_data["digits"], now):
        response = redirect(wanted)
        proof.remember_proof(response, code)
        return response
    if form.is_valid():
        sent.refresh_from_db()
        form.add_error("digits", _why_not(sent, now))
    return _page(request, door, now, sent=sent, form=form, status=422)


def _why_not(sent: OneTimeCode, now: dt.datetime) -> str:
    """Return what is wrong, and what to do; a code that is used up is not told from one that was guessed at."""
    left = MOST_TRIES - sent.tries
    if sent.used_at is not None or left <= 0:
        return _("This code cannot be used any more. Let us send you a new one.")
    if now >= sent.ends_at:
        return _("This code is too old by now. Let us send you a new one.")
    wrong = _("This is not the code that we sent.")
    words = ngettext("You can try %(number)d more time.", "You can try %(number)d more times.", left)
    return f"{wrong} {words % {'number': left}}"


def _page(
    request: HttpRequest,
    door: VisitAccess,
    now: dt.datetime,
    *,
    form: WayForm | OneTimeCodeForm | None = None,
    sent: OneTimeCode | None = None,
    wait: int = 0,
    status: int = 200,
) -> HttpResponse:
    ways = proof.ways(door.contact)
    context: dict[str, Any] = {
        "door": door,
        "visit": VisitPage.of(door, PortalSettings.load(), now),
        "ways": ways,
        "form": form or WayForm(ways=ways),
        "sent_to": next((way for way in ways if sent and way.channel == sent.channel), None),
        "is_sent": sent is not None,
        "minutes": int(LIVES_FOR.total_seconds()) // 60,
        "wait": -(-wait // 60),
        "start_again": f"{request.path}?{urlencode({'next': request.GET.get('next', '')})}",
    }
    return render(request, "portal/visit/confirm.html", context, status=status)
