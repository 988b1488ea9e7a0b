"""Booking a new appointment: what, when, check and confirm, done.

What was chosen goes from step to step in the address, so that back, forward and reload do what they should, and two
tabs do not mix. Only `make` makes anything.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bookings.availability.free_times import is_too_soon
from bookings.models import Booking, BookingStatus, IncidentType
from bookings.models.window import ToldTime
from bookings.self_service import offers, policy, verbs
from bookings.self_service.offers import OfferedTime
from bookings.self_service.verbs import PolicyRefused, TimeTaken
from fsportal.lib import zones
from fsportal.lib.durations import length
from fsportal.lib.text import one_line
from fsportal.lib.throttle import Throttle
from fsportal.models import Contact, PortalSettings
from portal.access.viewer import View, Viewer, customer_page
from portal.booking.forms import AppointmentForm, RequestForm, WhatForm
from portal.visit.access import VisitAccess
from portal.visit.page import VisitPage
from portal.visit.week import Week, start_of


@dataclass(frozen=True)
class Appointment:
    """What a customer has chosen so far, as it stands in the address or in the form (`asked`)."""

    viewer: Viewer
    contact: Contact
    kind: IncidentType
    portal_settings: PortalSettings
    now: dt.datetime
    asked: QueryDict

    @property
    def language(self) -> str:
        return zones.supported_language(self.contact.language)

    @property
    def start(self) -> dt.datetime | None:
        """Return the start (UTC) that was chosen, free or not."""
        return start_of(self.asked.get("time", ""))

    @property
    def told(self) -> ToldTime | None:
        """Return what the customer chose: a start, or the window in which it is."""
        return offers.told_at(self.start, self.kind, self.contact.account.time_zone) if self.start else None

    def offers(self) -> list[OfferedTime]:
        return offers.to_book(self.kind, self.contact.account, self.now, portal_settings=self.portal_settings)

    def offer(self) -> OfferedTime | None:
        """Return the chosen time, or another one in the chosen window, if it is free now."""
        site = self.contact.account
        return offers.one_to_book(self.kind, site, self.start, self.now, portal_settings=self.portal_settings)

    def choices(self) -> list[tuple[str, str]]:
        """Return names and values of what was chosen, for the next step's form or address."""
        return [("service", str(self.kind.pk)), ("account", str(self.contact.pk))]

    def address(self, page: str, **more: str) -> str:
        return f"{reverse(page)}?{urlencode([*self.choices(), *more.items()])}"

    def facts(self, offer: OfferedTime | None = None) -> list[tuple[str, str, str]]:
        """Return rows of icon, label and value, as the visit's own page has them."""
        account, home = self.contact.account, self.portal_settings.home_country
        rows = [
            ("tool", _("Service"), one_line(self.kind.local_name)),
            (
                "pin",
                _("Place"),
                one_line(account.line_for_customers(home)) or one_line(account.name),
            ),
        ]
        if offer is None:
            return rows
        when = offer.words(account.time_zone, self.language, self.now)
        return [("clock", _("Time"), when), *rows]

    def made_already(self) -> Booking | None:
        """Return the visit that an earlier click on the same button has made."""
        mine = Booking.objects.filter(work_order__reported_by=self.contact, work_order__incident_type=self.kind)
        if self.told is None:
            return None
        told = Q(window_start=self.told.start) if self.told.until else Q(start=self.told.start)
        return mine.filter(told, status=BookingStatus.SCHEDULED).first()


# --- Who may, and what was chosen -----------------------------------------------------------------------------------
ContactsView = Callable[[HttpRequest, Viewer, list[Contact]], HttpResponseBase]
AppointmentView = Callable[[HttpRequest, Appointment], HttpResponseBase]


def _while_bookable(view: ContactsView) -> View:
    """Hand the view the contacts for whom this customer may book; raises Http404 unless the settings let customers."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @customer_page
    @wraps(view)
    def wrapped(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
        if not PortalSettings.of(request).self_scheduling:
            raise Http404
        contacts = _contacts(viewer)
        if not contacts or not IncidentType.objects.filter(is_offered=True).exists():
            return render(request, "portal/booking/nothing.html")
        return view(request, viewer, contacts)

    return wrapped


def _with_appointment(view: AppointmentView) -> View:
    """Hand the view what was chosen so far; ask for service and account first if they are missing."""

    @_while_bookable
    @wraps(view)
    def wrapped(request: HttpRequest, viewer: Viewer, contacts: list[Contact]) -> HttpResponseBase:
        portal_settings, now = PortalSettings.of(request), timezone.now()
        form = WhatForm(_asked(request), contacts=contacts, home_country=portal_settings.home_country)
        if not form.is_valid():
            return _what(request, form, status=422)
        wanted = Appointment(viewer, form.contact, form.incident_type, portal_settings, now, _asked(request))
        return view(request, wanted)

    return wrapped


def _asked(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


# --- The steps ------------------------------------------------------------------------------------------------------
@_while_bookable
def what(request: HttpRequest, viewer: Viewer, contacts: list[Contact]) -> HttpResponseBase:
    """Ask for the service and, where there are several, for the account."""
    asked = _asked(request)
    if "service" in asked and asked.get("step") != "what":  # earlier addresses of the next step began like that
        return times(request)
    chosen = asked.dict() if "service" in asked else _of_last_time(viewer, asked.get("again", ""), contacts)
    home_country = PortalSettings.of(request).home_country
    return _what(request, WhatForm(contacts=contacts, home_country=home_country, initial=chosen))


@_with_appointment
def times(request: HttpRequest, wanted: Appointment) -> HttpResponseBase:
    """Show free times. A POST brings what was typed so far and makes nothing either."""
    return _times(request, wanted)


@_with_appointment
def check(request: HttpRequest, wanted: Appointment) -> HttpResponseBase:
    """Show everything once more, if the chosen time is free. Makes nothing."""
    if not wanted.asked.get("time"):
        return _times(request, wanted, problem=_("Choose a time, then go on."), status=422)
    chosen = wanted.offer()
    if chosen is None:
        made = wanted.made_already()
        return redirect("book-done", pk=made.pk) if made else _times(request, wanted, problem=_gone(wanted), status=409)
    form = AppointmentForm(initial=AppointmentForm.kept(wanted.asked), portal_settings=wanted.portal_settings)
    return _check(request, wanted, chosen, form)


@_with_appointment
def make(request: HttpRequest, wanted: Appointment) -> HttpResponseBase:
    if request.method != "POST":
        return _times(request, wanted)
    chosen = wanted.offer()
    # Looked up after the time: a second click that finds another technician free must find the first click's visit.
    made = wanted.made_already()
    if made:
        return redirect("book-done", pk=made.pk)
    if chosen is None:
        return _times(request, wanted, problem=_gone(wanted), status=409)
    form = AppointmentForm(request.POST, portal_settings=wanted.portal_settings)
    if not form.is_valid():
        return _check(request, wanted, chosen, form, status=422)
    try:
        user, details = wanted.viewer.user, form.notes
        made = verbs.book(wanted.contact, wanted.kind, chosen.time, by=user, details=details, now=wanted.now)
    except TimeTaken:
        made = wanted.made_already()
        if made is None:
            return _times(request, wanted, problem=_gone(wanted), status=409)
    except PolicyRefused:
        return render(request, "portal/booking/nothing.html", status=409)
    return redirect("book-done", pk=made.pk)


#: Each request makes work and a card: nobody has more wishes than that.
REQUESTS = Throttle("time-requests", limit=5, seconds=600)


@_with_appointment
def ask(request: HttpRequest, wanted: Appointment) -> HttpResponseBase:
    """Take the customer's words for when it suits, if none of the offered times does."""
    form = RequestForm(request.POST) if request.method == "POST" and "text" in request.POST else RequestForm()
    if not form.is_bound or not form.is_valid():
        return _ask(request, wanted, form, status=422 if form.is_bound else 200)
    if wait := REQUESTS.count(str(wanted.contact.pk)):
        response = _ask(request, wanted, form, wait=-(-wait // 60), status=429)
        response["Retry-After"] = str(wait)
        return response
    try:
        verbs.request_time(wanted.contact, wanted.kind, text=form.cleaned_data["text"], details="", now=wanted.now)
    except PolicyRefused:
        return render(request, "portal/booking/nothing.html", status=409)
    return redirect("book-asked")


@require_safe
@customer_page
def asked(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    return render(request, "portal/booking/asked.html")


@require_safe
@customer_page
def done(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponseBase:
    booking = viewer.booking(pk)
    if booking.status != BookingStatus.SCHEDULED:
        return redirect("booking", pk=pk)
    contact, portal_settings = viewer.contact_for(booking), PortalSettings.of(request)
    access = VisitAccess(booking, contact, timezone.now(), portal_settings, viewer=viewer)
    return render(request, "portal/booking/done.html", {"access": access, "visit": VisitPage(access)})


def _ask(
    request: HttpRequest, wanted: Appointment, form: RequestForm, *, wait: int = 0, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "facts": wanted.facts(),
        "choices": wanted.choices(),
        "wait": wait,
        "back": wanted.address("book-times"),
    }
    return render(request, "portal/booking/ask.html", context, status=status)


# --- Their pages ----------------------------------------------------------------------------------------------------
def _what(request: HttpRequest, form: WhatForm, *, status: int = 200) -> HttpResponse:
    return render(request, "portal/booking/what.html", {"form": form}, status=status)


def _times(request: HttpRequest, wanted: Appointment, *, problem: str = "", status: int = 200) -> HttpResponse:
    zone, asked = wanted.contact.account.time_zone, wanted.asked
    found, shown_from = wanted.offers(), asked.get("from", "")
    week = Week.of(found, zone, wanted.language, wanted.now, asked=shown_from, chosen=wanted.told)
    context: dict[str, Any] = {
        "week": week,
        "problem": problem,
        "facts": wanted.facts(),
        "length": length(dt.timedelta(minutes=wanted.kind.duration_minutes)),
        "choices": wanted.choices(),
        # What was typed is too private for an address: with it the form is a POST.
        "kept": [*AppointmentForm.kept(asked).items()],
        "query": urlencode(wanted.choices()),
        "ask": wanted.address("book-ask"),
        "back": wanted.address("book", step="what"),
    }
    return render(request, "portal/booking/when.html", context, status=status)


def _check(
    request: HttpRequest, wanted: Appointment, chosen: OfferedTime, form: AppointmentForm, *, status: int = 200
) -> HttpResponse:
    zone_name = wanted.contact.account.time_zone
    day = zones.local(chosen.told.start, zone_name).date().isoformat()
    context: dict[str, Any] = {
        "form": form,
        "facts": wanted.facts(chosen),
        "then": policy.allowed_once_booked(wanted.kind, chosen.time.start, zone_name, wanted.now),
        "kept": [*wanted.choices(), ("time", chosen.key)],
        "back": wanted.address("book-times", time=chosen.key, **{"from": day}),
    }
    return render(request, "portal/booking/check.html", context, status=status)


def _gone(wanted: Appointment) -> str:
    """Return why the chosen time cannot be had."""
    if is_too_soon(wanted.start, wanted.now, wanted.portal_settings):
        return _("This time has come too close meanwhile. Please choose a later one.")
    return _("Somebody was quicker: this time is not free any more. Please choose another one.")


def _contacts(viewer: Viewer) -> list[Contact]:
    """Return one contact for each active account of the customer: for whom they can book."""
    by_account = {contact.account_id: contact for contact in reversed(viewer.contacts) if contact.account.is_active}
    return list(reversed(by_account.values()))


def _of_last_time(viewer: Viewer, again: str, contacts: list[Contact]) -> dict[str, str]:
    """Return the initial choice: the service of the visit to book again, or the only service on offer."""
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
