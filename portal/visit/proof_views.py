"""The one-time code at a link: where it should go, and the six digits that came."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from bookings.models import BookingNotificationCode
from fsportal.lib.throttle import Throttle, client_of
from fsportal.models.consent import Channel
from portal.access.viewer import View
from portal.models import OneTimeCode
from portal.models.one_time_code import LIVES_FOR, MOST_TRIES
from portal.visit import proof
from portal.visit.access import VisitAccess, at_visit, refused
from portal.visit.forms import OneTimeCodeForm, WayForm
from portal.visit.page import VisitPage

#: Each code is a message that costs money, and allows five guesses at six digits.
SENDS = Throttle("visit-one-time-codes", limit=3, seconds=600)
#: From all clients together: over the life of a link, guessing must stay hopeless.
SENDS_A_DAY = Throttle("visit-one-time-codes-a-day", limit=12, seconds=86400)
#: Texts cost money, whichever visits they are about.
TEXTS_OF_CLIENT = Throttle("texts-of-client", limit=20, seconds=86400)


ProofView = Callable[[HttpRequest, VisitAccess, BookingNotificationCode], HttpResponseBase]


def _until_proved(view: ProofView) -> View:
    """Let the view answer until whoever came by a link has proved to be the contact; then lead on to what they want."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @at_visit
    @wraps(view)
    def wrapped(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
        if access.code is None:  # customers with an account have proved it by signing in
            return refused(request)
        if proof.is_proved(request, access):
            return redirect(_wanted(request, access))
        return view(request, access, access.code)

    return wrapped


@_until_proved
def send_code(request: HttpRequest, access: VisitAccess, code: BookingNotificationCode) -> HttpResponseBase:
    """Ask where the code should go, and send it. A GET sends nothing."""
    if "sent" in request.GET:  # from a page loaded before the next step had an address of its own
        return _take_code(request, access, code)
    if request.method != "POST":
        return _page(request, access)
    form = WayForm(request.POST, ways=proof.ways(access.contact))
    if not form.is_valid():
        return _page(request, access, form=form, status=422)
    wait = SENDS.count(f"{code.public_id} {client_of(request)}") or SENDS_A_DAY.count(code.public_id)
    if form.cleaned_data["channel"] == Channel.SMS:
        wait = wait or TEXTS_OF_CLIENT.count(client_of(request))
    if wait:
        response = _page(request, access, form=form, wait=wait, status=429)
        response["Retry-After"] = str(wait)
        return response
    sent = proof.send_code(code, form.cleaned_data["channel"])
    response = redirect(f"{access.to['code']}?{urlencode({'next': request.GET.get('next', ''), 'sent': sent.pk})}")
    proof.remember_asking(response, code, sent)
    return response


@_until_proved
def take_code(request: HttpRequest, access: VisitAccess, code: BookingNotificationCode) -> HttpResponseBase:
    """Ask for the code that was sent, and remember that it was right."""
    return _take_code(request, access, code)


def _take_code(request: HttpRequest, access: VisitAccess, code: BookingNotificationCode) -> HttpResponseBase:
    sent = proof.sent_code(request, code, request.GET.get("sent", ""))
    if request.method != "POST":
        return _page(request, access, sent=sent, form=OneTimeCodeForm() if sent else None)
    if sent is None:
        return _page(request, access, status=422)
    form = OneTimeCodeForm(request.POST)
    if form.is_valid() and proof.proves(sent, form.cleaned_data["digits"], access.now):
        response = redirect(_wanted(request, access))
        proof.remember_proof(response, code)
        return response
    if form.is_valid():
        sent.refresh_from_db()
        form.add_error("digits", _why_not(sent, access.now))
    return _page(request, access, sent=sent, form=form, status=422)


def _wanted(request: HttpRequest, access: VisitAccess) -> str:
    return proof.next_page(access, request.GET.get("next", ""))


def _why_not(sent: OneTimeCode, now: dt.datetime) -> str:
    """Return what is wrong and what to do; used codes and codes with too many tries read the same."""
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
    access: VisitAccess,
    *,
    form: WayForm | OneTimeCodeForm | None = None,
    sent: OneTimeCode | None = None,
    wait: int = 0,
    status: int = 200,
) -> HttpResponse:
    ways = proof.ways(access.contact)
    context: dict[str, Any] = {
        "access": access,
        "visit": VisitPage(access),
        "ways": ways,
        "form": form or WayForm(ways=ways),
        "sent_to": next((way for way in ways if sent and way.channel == sent.channel), None),
        "is_sent": sent is not None,
        "minutes": int(LIVES_FOR.total_seconds()) // 60,
        "wait": -(-wait // 60),
        "start_again": f"{access.to['confirm']}?{urlencode({'next': request.GET.get('next', '')})}",
    }
    return render(request, "portal/visit/proof.html", context, status=status)
