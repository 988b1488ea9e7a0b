"""Booking a new appointment: what, when, check and confirm, done.

What was chosen goes from step to step in the address, so that back, forward and reload do what they should, and two
tabs do not mix. Only the last step, a POST, makes anything.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bookings.models import Booking, BookingStatus, IncidentType
from bookings.self_service import verbs
from bookings.self_service.free_times import FreeTime, times_to_book
from bookings.self_service.verbs import PolicyRefused, TimeTaken
from fsportal.lib import zones
from fsportal.lib.durations import length
from fsportal.lib.text import one_line
from fsportal.models import Contact, PortalSettings
from portal.access import Viewer, customer_page
from portal.booking.forms import AppointmentForm, WhatForm
from portal.visit.access import VisitAccess
from portal.visit.page import VisitPage
from portal.week import Week, at, start_of


@dataclass(frozen=True)
class Appointment:
    """What the customer has chosen so far, as it stands in the address."""

    contact: Contact
    kind: IncidentType
    portal_settings: PortalSettings
    now: dt.datetime

    @property
    def language(self) -> str:
        """Return the language of the page."""
        return zones.supported_language(self.contact.language)

    def times(self) -> list[FreeTime]:
        """Return the times at which it could be, as they are now."""
        return times_to_book(self.kind, self.contact.account, self.now, portal_settings=self.portal_settings)

    def choices(self) -> list[tuple[str, str]]:
        """Return names and values of what was chosen, for the next step's form or address."""
        return [("service", str(self.kind.pk)), ("account", str(self.contact.pk))]

    def address(self, **more: str) -> str:
        """Return the address of the step that `more` names."""
        return f"{reverse('book')}?{urlencode([*self.choices(), *more.items()])}"

    def facts(self, time: FreeTime | None = None) -> list[tuple[str, str, str]]:
        """Return rows of icon, label and value, as the visit's own page has them."""
        account = self.contact.account
        rows = [
            ("tool", _("Service"), one_line(self.kind.name)),
            ("pin", _("Place"), one_line(account.address_line()) or one_line(account.name)),
        ]
        if time is None:
            return rows
        when = zones.when(time.start, time.end, account.time_zone, self.language, now=self.now)
        return [("clock", _("Time"), when), *rows]

    def made_already(self, start: dt.datetime | None) -> Booking | None:
        """Return the visit that a click before this one has made."""
        mine = Booking.objects.filter(work_order__reported_by=self.contact, work_order__incident_type=self.kind)
        return mine.filter(start=start, status=BookingStatus.SCHEDULED).first() if start else None


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def book(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Ask what, then when, then whether all is right, and book it. Only where customers may."""
    portal_settings, now = PortalSettings.load(), timezone.now()
    if not portal_settings.self_scheduling:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    contacts = _contacts(viewer)
    if not contacts or not IncidentType.objects.filter(is_offered=True).exists():
        return render(request, "portal/booking/nothing.html")
    if asked.get("step", "when" if "service" in asked else "what") == "what":
        chosen = asked.dict() if "service" in asked else _of_last_time(viewer, asked.get("again", ""), contacts)
        return _what(request, WhatForm(contacts=contacts, initial=chosen))
    form = WhatForm(asked, contacts=contacts)
    if not form.is_valid():
        return _what(request, form, status=422)
    wanted = Appointment(form.contact, form.incident_type, portal_settings, now)
    if request.method == "POST" and asked.get("step") == "book":
        return _book(request, viewer, wanted)
    return _when(request, wanted)


def _what(request: HttpRequest, form: WhatForm, *, status: int = 200) -> HttpResponse:
    return render(request, "portal/booking/what.html", {"form": form}, status=status)


def _when(request: HttpRequest, wanted: Appointment) -> HttpResponse:
    """Show the times; or with a chosen one that is free, everything once more before it is booked."""
    asked = request.POST if request.method == "POST" else request.GET
    times = wanted.times()
    if asked.get("step") != "check":
        return _times(request, wanted, times)
    if not asked.get("time"):
        return _times(request, wanted, times, problem=_("Choose a time, then go on."), status=422)
    chosen = at(times, start_of(asked["time"]))
    if chosen is None:
        made = wanted.made_already(start_of(asked["time"]))
        return (
            redirect("book-done", pk=made.pk) if made else _times(request, wanted, times, problem=_taken(), status=409)
        )
    form = AppointmentForm(initial=AppointmentForm.kept(asked), portal_settings=wanted.portal_settings)
    return _check(request, wanted, chosen, form)


def _check(
    request: HttpRequest, wanted: Appointment, chosen: FreeTime, form: AppointmentForm, *, status: int = 200
) -> HttpResponse:
    day = zones.local(chosen.start, wanted.contact.account.time_zone).date().isoformat()
    context: dict[str, Any] = {
        "form": form,
        "facts": wanted.facts(chosen),
        "kept": [*wanted.choices(), ("time", chosen.key)],
        "back": wanted.address(time=chosen.key, **{"from": day}),
    }
    return render(request, "portal/booking/check.html", context, status=status)


def _book(request: HttpRequest, viewer: Viewer, wanted: Appointment) -> HttpResponse:
    start = start_of(request.POST.get("time", ""))
    times = wanted.times()
    # Looked for after the times: a second click that finds another technician free must find the first one's visit.
    made = wanted.made_already(start)
    if made:
        return redirect("book-done", pk=made.pk)
    chosen = at(times, start)
    if chosen is None:
        return _times(request, wanted, times, problem=_taken(), status=409)
    form = AppointmentForm(request.POST, portal_settings=wanted.portal_settings)
    if not form.is_valid():
        return _check(request, wanted, chosen, form, status=422)
    try:
        made = verbs.book(
            wanted.contact, wanted.kind, chosen, by=viewer.user, details=form.notes, now=wanted.now
        )  # fmt: skip
    except TimeTaken:
        made = wanted.made_already(start)
        if made is None:
            return _times(request, wanted, wanted.times(), problem=_taken(), status=409)
    except PolicyRefused:
        return render(request, "portal/booking/nothing.html", status=409)
    return redirect("book-done", pk=made.pk)


def _times(
    request: HttpRequest, wanted: Appointment, times: list[FreeTime], *, problem: str = "", status: int = 200
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    zone = wanted.contact.account.time_zone
    chosen = start_of(asked.get("time", ""))
    week = Week.of(times, zone, wanted.language, wanted.now, asked=asked.get("from", ""), chosen=chosen)
    context: dict[str, Any] = {
        "week": week,
        "problem": problem,
        "facts": wanted.facts(),
        "length": length(dt.timedelta(minutes=wanted.kind.duration_minutes)),
        "choices": wanted.choices(),
        # What was typed is nothing for an address: with it the form is a POST, which makes nothing either.
        "kept": [*AppointmentForm.kept(asked).items()],
        "query": urlencode(wanted.choices()),
        "back": wanted.address(step="what"),
    }
    return render(request, "portal/booking/when.html", context, status=status)


def _taken() -> str:
    return _("Somebody was quicker: this time is not free any more. Please choose another one.")


@require_safe
@customer_page
def done(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponseBase:
    """Say that it is booked, when, and what comes next."""
    booking = viewer.booking(pk)
    if booking.status != BookingStatus.SCHEDULED:
        return redirect("booking", pk=pk)
    door = VisitAccess(booking, viewer.contact_for(booking), viewer=viewer)
    visit = VisitPage.of(door, PortalSettings.load(), timezone.now())
    return render(request, "portal/booking/done.html", {"door": door, "visit": visit})


def _contacts(viewer: Viewer) -> list[Contact]:
    """Return one contact for each active account of the customer: for whom they can book."""
    by_account = {contact.account_id: contact for contact in reversed(viewer.contacts) if contact.account.is_active}
    return list(reversed(by_account.values()))


def _of_last_time(viewer: Viewer, again: str, contacts: list[Contact]) -> dict[str, str]:
    """Return what to choose beforehand: the service of an own visit that is to be booked again, or the only one."""
    initial: dict[str, str] = {}
    offered = list(IncidentType.objects.filter(is_offered=True)[:2])
    if len(offered) == 1:
        initial["service"] = str(offered[0].pk)
    try:
        booking = viewer.bookings().with_visit().filter(pk=uuid.UUID(again)).first()
    except ValueError:
        booking = None
    if booking is None:
        return initial
    mine = next((contact for contact in contacts if contact.account_id == booking.work_order.account_id), None)
    if mine:
        initial["account"] = str(mine.pk)
    return {**initial, "service": str(booking.work_order.incident_type_id)}
