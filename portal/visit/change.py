"""What a customer changes about a visit: another time, off, or a word to us. Written once for both doors."""

import dataclasses
import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.models import Booking, BookingError, BookingStatus, StaleBooking, Verb, Via, Wish
from bookings.self_service import free_times, policy, verbs
from bookings.self_service.policy import Why
from bookings.self_service.verbs import PolicyRefused
from fsportal.lib import zones
from fsportal.lib.lengths import length
from fsportal.lib.text import one_line
from fsportal.lib.throttle import Throttle, client_of
from fsportal.models import PortalSettings
from portal.visit.access import VisitAccess, at_visit
from portal.visit.forms import AskForm, CancelVisitForm, MoveForm
from portal.visit.page import VisitPage
from portal.visit.proof import to_confirm
from portal.week import Week, at, start_of

#: A worried customer writes a few times; a machine writes more often.
NOTES = Throttle("visit-notes", limit=6, seconds=600)


# --- Change time ----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def change(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponseBase:
    """Show free times, then what would change, then change it. Only the last one, a POST, changes anything."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = start_of(asked.get("time", ""))
    if _is_moved(door.booking, wanted, asked_for="moved" in request.GET):
        return _moved(request, door, now)
    may = policy.allowed(door.booking, now)
    if may.why_not_change:
        status = 409 if request.method == "POST" else 200
        return _not_possible(request, door, now, Wish.CHANGE, may.why_not_change, status=status)
    detour = to_confirm(request, door, now)
    if detour:
        return detour
    if request.method == "POST" and asked.get("step") == "move":
        return _move(request, door, now)
    return _choose(request, door, now)


def _choose(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponse:
    """Show the times; or with a chosen one that is free, what would change."""
    asked = request.POST if request.method == "POST" else request.GET
    times = free_times.times_to_move(door.booking, now, portal_settings=PortalSettings.load())
    if asked.get("step") != "check":
        return _times(request, door, now, times)
    if not asked.get("time"):
        return _times(request, door, now, times, problem=_("Choose a time, then go on."), status=422)
    chosen = at(times, start_of(asked["time"]))
    if chosen is None:
        return _times(request, door, now, times, problem=_taken(), status=409)
    form = MoveForm(initial={"seen": door.booking.revision, "time": chosen.key, "why": asked.get("why", "")})
    language = zones.supported_language(door.contact.language)
    new = zones.when(chosen.start, chosen.end, door.booking.zone_name, language, now=now)
    # The chosen day again, so that "another time" leads where the customer was.
    day = zones.local(chosen.start, door.booking.zone_name).date().isoformat()
    back = f"{request.path}?{urlencode({'from': asked.get('from') or day, 'time': chosen.key})}"
    return _page(request, door, now, "change_check", form=form, new=new, back=back)


def _move(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponse:
    form = MoveForm(request.POST)
    times = free_times.times_to_move(door.booking, now, portal_settings=PortalSettings.load())
    chosen = at(times, start_of(request.POST.get("time", "")))
    if chosen is None:
        return _times(request, door, now, times, problem=_taken(), status=409)
    if not form.is_valid():
        language = zones.supported_language(door.contact.language)
        new = zones.when(chosen.start, chosen.end, door.booking.zone_name, language, now=now)
        return _page(request, door, now, "change_check", form=form, new=new, back=request.path, status=422)
    # The verb compares it under the lock: what was changed since the customer looked is not overwritten.
    door.booking.revision = form.cleaned_data["seen"]
    why = one_line(form.cleaned_data["why"])
    try:
        verbs.change_time(door.booking, chosen, contact=door.contact, by=door.user, why=why, now=now)
    except PolicyRefused as refusal:
        return _not_possible(request, _again(door), now, Wish.CHANGE, refusal.why, status=409)
    except BookingError as error:
        door = _again(door)
        why_not = policy.allowed(door.booking, now).why_not_change
        if why_not:
            return _not_possible(request, door, now, Wish.CHANGE, why_not, status=409)
        times = free_times.times_to_move(door.booking, now, portal_settings=PortalSettings.load())
        problem = _changed(door, now) if isinstance(error, StaleBooking) else _taken()
        return _times(request, door, now, times, problem=problem, status=409)
    return redirect(f"{door.to['change']}?moved=yes")


def _times(
    request: HttpRequest,
    door: VisitAccess,
    now: dt.datetime,
    times: list[free_times.FreeTime],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the free times, a week of them, with what went wrong before; what was typed goes on with them."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = start_of(asked.get("time", ""))
    language = zones.supported_language(door.contact.language)
    week = Week.of(times, door.booking.zone_name, language, now, asked=asked.get("from", ""), chosen=chosen)
    # A reason that was typed is nothing for an address: with one the form is a POST, which changes nothing either.
    kept = [("why", asked["why"])] if asked.get("why") else []
    context = {"week": week, "problem": problem, "kept": kept, "length": length(door.booking.end - door.booking.start)}
    return _page(request, door, now, "change_time", status=status, **context)


def _is_moved(booking: Booking, wanted: dt.datetime | None, *, asked_for: bool) -> bool:
    """Tell whether the visit is where the customer wants it: just moved, or by the back button or a second click."""
    if booking.status != BookingStatus.SCHEDULED:
        return False
    return wanted == booking.start or (asked_for and _last_move(booking) is not None)


def _last_move(booking: Booking) -> dt.datetime | None:
    """Return when the visit was before a customer moved it last."""
    moves = booking.changes.filter(verb=Verb.RESCHEDULE, via=Via.PORTAL).order_by("-revision")
    return moves.values_list("old_start", flat=True).first()


def _moved(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponse:
    before = _last_move(door.booking)
    language = zones.supported_language(door.contact.language)
    old = zones.moment(before, door.booking.zone_name, language, now=now) if before else ""
    return _page(request, door, now, "change_done", old=old)


def _taken() -> str:
    return _("Somebody was quicker: this time is not free any more. Please choose another one.")


def _changed(door: VisitAccess, now: dt.datetime) -> str:
    page = VisitPage.of(door, PortalSettings.load(), now)
    words = _("Your visit was changed in the meantime. It is now on %(when)s.") % {"when": page.when}
    again = _("Please look again whether you still want to change it.")
    return f"{words} {again}"


# --- Cancel ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def cancel(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponseBase:
    """Ask why, and call the visit off on POST. Of one that is off it tells just that, and what can be done now."""
    if door.booking.status == BookingStatus.CANCELED:
        return _page(request, door, now, "canceled")
    may = policy.allowed(door.booking, now)
    if may.why_not_cancel:
        status = 409 if request.method == "POST" else 200
        return _not_possible(request, door, now, Wish.CANCEL, may.why_not_cancel, status=status)
    detour = to_confirm(request, door, now)
    if detour:
        return detour
    if request.method != "POST":
        form = CancelVisitForm(initial={"seen": door.booking.revision})
        return _page(request, door, now, "cancel", form=form, may_change=may.change)
    form = CancelVisitForm(request.POST)
    if not form.is_valid():
        return _page(request, door, now, "cancel", form=form, may_change=may.change, status=422)
    return _cancel(request, door, now, form)


def _cancel(request: HttpRequest, door: VisitAccess, now: dt.datetime, form: CancelVisitForm) -> HttpResponse:
    door.booking.revision = form.cleaned_data["seen"]
    try:
        verbs.cancel(door.booking, contact=door.contact, by=door.user, why=form.why, now=now)
    except PolicyRefused as refusal:
        return _not_possible(request, _again(door), now, Wish.CANCEL, refusal.why, status=409)
    except BookingError:
        door = _again(door)
        may = policy.allowed(door.booking, now)
        if may.why_not_cancel:
            return _not_possible(request, door, now, Wish.CANCEL, may.why_not_cancel, status=409)
        # The same answers, about the visit as it is now.
        form = CancelVisitForm(initial={**form.cleaned_data, "seen": door.booking.revision})
        return _page(request, door, now, "cancel", form=form, problem=_changed(door, now), status=409)
    return redirect(door.to["cancel"])


# --- Ask us ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def ask(request: HttpRequest, door: VisitAccess, now: dt.datetime) -> HttpResponseBase:
    """Take what the customer asks or tells us. It changes nothing by itself, so the link alone is enough."""
    if VisitPage.of(door, PortalSettings.load(), now).is_over:
        return _page(request, door, now, "ask_over", status=409 if request.method == "POST" else 200)
    if request.method != "POST":
        if request.GET.get("sent") in Wish.values:
            return _page(request, door, now, "asked", wish=request.GET["sent"])
        return _page(request, door, now, "ask_us", form=AskForm(initial={"about": request.GET.get("about", "")}))
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, door, now, "ask_us", form=form, status=422)
    wait = NOTES.count(f"{door.booking.pk} {client_of(request)}")
    if wait:
        response = _page(request, door, now, "ask_us", form=form, wait=-(-wait // 60), status=429)
        response["Retry-After"] = str(wait)
        return response
    wish, text = Wish(form.cleaned_data["about"]), form.cleaned_data["text"]
    try:
        verbs.ask(door.booking, contact=door.contact, wish=wish, text=text)
    except PolicyRefused:
        return _page(request, _again(door), now, "ask_over", status=409)
    return redirect(f"{door.to['ask']}?{urlencode({'sent': wish.value})}")


# --- Around them ----------------------------------------------------------------------------------------------------
def _not_possible(
    request: HttpRequest, door: VisitAccess, now: dt.datetime, wish: Wish, why: Why, *, status: int
) -> HttpResponse:
    """Say why customers cannot do that by themselves, and what they can do: never a dead end."""
    may_ask = why != Why.STATUS or door.booking.status == BookingStatus.SCHEDULED
    context = {"wish": wish.value, "why": why.value, "why_words": why.label, "may_ask": may_ask}
    if why == Why.CUTOFF:
        language = zones.supported_language(door.contact.language)
        until = policy.allowed(door.booking, now).until or door.booking.start
        context["until"] = zones.moment(until, door.booking.zone_name, language, now=now)
    return _page(request, door, now, "not_possible", status=status, **context)


def _again(door: VisitAccess) -> VisitAccess:
    """Return the door with the visit as it is now."""
    return dataclasses.replace(door, booking=Booking.objects.with_visit().get(pk=door.booking.pk))


def _page(
    request: HttpRequest, door: VisitAccess, now: dt.datetime, name: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    visit = VisitPage.of(door, PortalSettings.load(), now)
    return render(request, f"portal/visit/{name}.html", {"door": door, "visit": visit, **context}, status=status)
