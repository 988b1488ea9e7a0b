"""Pages on which a customer moves a visit, cancels it, or writes to us. Written once for both ways in."""

import dataclasses
import datetime as dt
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.availability import free_times
from bookings.models import Booking, BookingError, BookingStatus, StaleBooking, Verb, Via, Wish
from bookings.models.window import ToldTime
from bookings.self_service import offers, policy, verbs
from bookings.self_service.offers import OfferedTime
from bookings.self_service.policy import Why
from bookings.self_service.verbs import PolicyRefused
from fsportal.lib import zones
from fsportal.lib.durations import length
from fsportal.lib.text import one_line
from fsportal.lib.throttle import Throttle, client_of
from portal.access.viewer import View
from portal.visit.access import VisitAccess, VisitView, at_visit
from portal.visit.choices import Choices
from portal.visit.forms import AskForm, CancelVisitForm, MoveForm
from portal.visit.page import VisitPage
from portal.visit.proof import to_confirm
from portal.visit.week import Week, start_of

#: A worried customer writes a few times; a machine writes more often.
NOTES = Throttle("visit-notes", limit=6, seconds=600)


# --- Change time: choose one, check what changes, move --------------------------------------------------------------
def _while_movable(view: VisitView) -> View:
    """Let the view answer while this customer may move the visit; otherwise say that it was moved, or why it cannot."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @at_visit
    @wraps(view)
    def wrapped(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
        if _is_moved(access, asked_for="moved" in request.GET):
            return _moved(request, access)
        why_not = policy.allowed(access.booking, access.now).why_not_change
        if why_not:
            status = 409 if request.method == "POST" else 200
            return _not_possible(request, access, Wish.CHANGE, why_not, status=status)
        return to_confirm(request, access) or view(request, access)

    return wrapped


@_while_movable
def choose(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Show free times. A POST brings what was typed so far and changes nothing either."""
    return _times(request, access)


@_while_movable
def check(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Show what would change, if the chosen time is free. Changes nothing."""
    if not access.asked.get("time"):
        return _times(request, access, problem=_("Choose a time, then go on."), status=422)
    chosen = _chosen(access)
    if chosen is None:
        return _times(request, access, problem=_gone(access), status=409)
    why = access.asked.get("why", "")
    form = MoveForm(initial={"seen": access.booking.revision, "time": chosen.key, "why": why})
    return _sure(request, access, chosen, form)


@_while_movable
def move(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    if request.method != "POST":
        return _times(request, access)
    form, chosen = MoveForm(request.POST), _chosen(access)
    if chosen is None:
        return _times(request, access, problem=_gone(access), status=409)
    if not form.is_valid():
        return _sure(request, access, chosen, form, status=422)
    # The verb compares it under the lock: what was changed since the customer looked is not overwritten.
    access.booking.revision = form.cleaned_data["seen"]
    why = one_line(form.cleaned_data["why"])
    try:
        verbs.change_time(access.booking, chosen.time, contact=access.contact, by=access.user, why=why, now=access.now)
    except PolicyRefused as refusal:
        return _not_possible(request, _again(access), Wish.CHANGE, refusal.why, status=409)
    except BookingError as error:
        access = _again(access)
        why_not = policy.allowed(access.booking, access.now).why_not_change
        if why_not:
            return _not_possible(request, access, Wish.CHANGE, why_not, status=409)
        problem = _changed(access) if isinstance(error, StaleBooking) else _gone(access)
        return _times(request, access, problem=problem, status=409)
    return redirect(f"{access.to['change']}?moved=yes")


def _chosen(access: VisitAccess) -> OfferedTime | None:
    start = start_of(access.asked.get("time", ""))
    return offers.one_to_move(access.booking, start, access.now, portal_settings=access.portal_settings)


def _told(booking: Booking, start: dt.datetime | None) -> ToldTime | None:
    """Return what the customer would be told of a visit at `start`."""
    return offers.told_at(start, booking.work_order.incident_type, booking.zone_name) if start else None


def _sure(
    request: HttpRequest, access: VisitAccess, chosen: OfferedTime, form: MoveForm, *, status: int = 200
) -> HttpResponse:
    zone_name = access.booking.zone_name
    new = chosen.words(zone_name, access.language, access.now)
    # The chosen day again, so that "another time" leads where the customer was.
    day = access.asked.get("from") or zones.local(chosen.told.start, zone_name).date().isoformat()
    back = f"{access.to['change']}?{urlencode({'from': day, 'time': chosen.key})}"
    then = policy.allowed_at(access.booking, chosen.time.start, access.now)
    return _page(request, access, "change_check", form=form, new=new, back=back, then=then, status=status)


def _times(request: HttpRequest, access: VisitAccess, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Show a week of free times, with what went wrong before; what was typed goes along."""
    booking, asked = access.booking, access.asked
    times = offers.to_move(booking, access.now, portal_settings=access.portal_settings)
    week = Week.of(
        times,
        booking.zone_name,
        access.language,
        access.now,
        asked=asked.get("from", ""),
        chosen=_told(booking, start_of(asked.get("time", ""))),
    )
    # A reason is too private for an address: once one was typed, the form is a POST.
    kept = [("why", asked["why"])] if asked.get("why") else []
    context = {"week": week, "problem": problem, "kept": kept, "length": length(booking.end - booking.start)}
    return _page(request, access, "change_time", status=status, **context)


def _is_moved(access: VisitAccess, *, asked_for: bool) -> bool:
    """Tell whether the visit is where the customer wants it: just moved, by the back button, or by a second click."""
    booking = access.booking
    if booking.status != BookingStatus.SCHEDULED:
        return False
    wanted = _told(booking, start_of(access.asked.get("time", "")))
    return wanted == booking.told_time or (asked_for and _last_move(booking) is not None)


def _last_move(booking: Booking) -> ToldTime | None:
    """Return when the visit was before a customer last moved it."""
    move = booking.changes.filter(verb=Verb.RESCHEDULE, via=Via.PORTAL).order_by("-revision").first()
    return move.old_told_time if move else None


def _moved(request: HttpRequest, access: VisitAccess) -> HttpResponse:
    before = _last_move(access.booking)
    old = before.words(access.booking.zone_name, access.language, now=access.now) if before else ""
    return _page(request, access, "change_done", old=old, choices=Choices.of(access))


def _gone(access: VisitAccess) -> str:
    """Return why the chosen time cannot be had."""
    if free_times.is_too_soon(start_of(access.asked.get("time", "")), access.now, access.portal_settings):
        return _("This time has come too close meanwhile. Please choose a later one.")
    return _("Somebody was quicker: this time is not free any more. Please choose another one.")


def _changed(access: VisitAccess) -> str:
    words = _("Your visit was changed in the meantime. It is now on %(when)s.") % {"when": VisitPage(access).when}
    again = _("Please look again whether you still want to change it.")
    return f"{words} {again}"


# --- Cancel ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def cancel(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Ask why, and cancel on POST. If the visit is off already, say that, and what can be done now."""
    if access.booking.status == BookingStatus.CANCELED:
        return _page(request, access, "canceled")
    may = policy.allowed(access.booking, access.now)
    if may.why_not_cancel:
        status = 409 if request.method == "POST" else 200
        return _not_possible(request, access, Wish.CANCEL, may.why_not_cancel, status=status)
    detour = to_confirm(request, access)
    if detour:
        return detour
    if request.method != "POST":
        form = CancelVisitForm(initial={"seen": access.booking.revision})
        return _page(request, access, "cancel", form=form, may_change=may.change)
    form = CancelVisitForm(request.POST)
    if not form.is_valid():
        return _page(request, access, "cancel", form=form, may_change=may.change, status=422)
    return _cancel(request, access, form)


def _cancel(request: HttpRequest, access: VisitAccess, form: CancelVisitForm) -> HttpResponse:
    access.booking.revision = form.cleaned_data["seen"]
    try:
        verbs.cancel(access.booking, contact=access.contact, by=access.user, why=form.why, now=access.now)
    except PolicyRefused as refusal:
        return _not_possible(request, _again(access), Wish.CANCEL, refusal.why, status=409)
    except BookingError:
        access = _again(access)
        may = policy.allowed(access.booking, access.now)
        if may.why_not_cancel:
            return _not_possible(request, access, Wish.CANCEL, may.why_not_cancel, status=409)
        # The same answers, about the visit as it is now.
        form = CancelVisitForm(initial={**form.cleaned_data, "seen": access.booking.revision})
        return _page(request, access, "cancel", form=form, problem=_changed(access), status=409)
    return redirect(access.to["cancel"])


# --- Ask us ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def ask(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Take what the customer asks or tells us. It changes nothing by itself, so the link alone is enough."""
    if VisitPage(access).is_over:
        return _page(request, access, "ask_over", status=409 if request.method == "POST" else 200)
    if request.method != "POST":
        if request.GET.get("sent") in Wish.values:
            return _page(request, access, "asked", wish=request.GET["sent"])
        return _page(request, access, "ask_us", form=AskForm(initial={"about": request.GET.get("about", "")}))
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, access, "ask_us", form=form, status=422)
    wait = NOTES.count(f"{access.booking.pk} {client_of(request)}")
    if wait:
        response = _page(request, access, "ask_us", form=form, wait=-(-wait // 60), status=429)
        response["Retry-After"] = str(wait)
        return response
    wish, text = Wish(form.cleaned_data["about"]), form.cleaned_data["text"]
    try:
        verbs.ask(access.booking, contact=access.contact, wish=wish, text=text)
    except PolicyRefused:
        return _page(request, _again(access), "ask_over", status=409)
    return redirect(f"{access.to['ask']}?{urlencode({'sent': wish.value})}")


# --- Around them ----------------------------------------------------------------------------------------------------
def _not_possible(request: HttpRequest, access: VisitAccess, wish: Wish, why: Why, *, status: int) -> HttpResponse:
    """Say why customers cannot do that by themselves, and what they can do instead."""
    booking = access.booking
    may_ask = why != Why.STATUS or booking.status == BookingStatus.SCHEDULED
    context = {"wish": wish.value, "why": why.value, "why_words": why.label, "may_ask": may_ask}
    if why == Why.CUTOFF:
        may = policy.allowed(booking, access.now)
        until = (may.cancel_until if wish == Wish.CANCEL else may.change_until) or booking.told_time.start
        context["until"] = zones.moment(until, booking.zone_name, access.language, now=access.now)
    return _page(request, access, "not_possible", status=status, **context)


def _again(access: VisitAccess) -> VisitAccess:
    """Return the access with the visit as it is in the database now."""
    return dataclasses.replace(access, booking=Booking.objects.with_visit().get(pk=access.booking.pk))


def _page(request: HttpRequest, access: VisitAccess, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context = {"access": access, "visit": VisitPage(access), **context}
    return render(request, f"portal/visit/{name}.html", context, status=status)
