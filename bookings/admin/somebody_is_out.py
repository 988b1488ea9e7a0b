"""*Somebody is out*: an absence, and what becomes of the technician's visits of those days, decided on one page.

Asking is a GET that changes nothing: the days, then the visits with a way out for each. One POST keeps the absence and
does what was chosen, each visit in a transaction of its own.
"""

import datetime as dt
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin import plans
from bookings.admin.away_fields import AwayFields, as_typed
from bookings.admin.forms import read_revision
from bookings.availability.conflicts import Proposal, refuse_conflicts
from bookings.availability.free_times import FreeTime
from bookings.availability.places import KM
from bookings.availability.stand_ins import StandIn, Stranded, stranded
from bookings.availability.words import away_in_words
from bookings.availability.working_hours import Span
from bookings.models import Absence, AbsenceKind, Booking, BookingError, Change, Resource, VerbDone, Via
from bookings.models.draft import Draft
from bookings.plan import plan_done
from fsportal.lib import zones
from fsportal.models import PortalSettings
from fsportal.models.portal_settings import DistanceUnit
from fsportal.settings_area.actions import PREVIEW
from fsportal.settings_area.parts import FAILED, GOOD, QUIET, change_url, site_when, staff

MAY_MOVE_VISITS = "bookings.change_status"
MAY_RECORD = "bookings.add_absence"
LEAVE, CANCEL = "leave", "cancel"
#: Visits of one page. Those after them are named when it is opened again.
MOST = 40


def out_url(resource: Resource, absence: Absence | None = None) -> str:
    """Return the page's address; with an absence that is recorded already, that of its visits."""
    address = reverse("admin:bookings_resource_out", args=[resource.pk])
    if absence is None:
        return address
    typed = as_typed(absence.start, absence.end, resource.clock_zone)
    known = {name: value for name, value in typed.items() if value is not None}
    return f"{address}?{urlencode({**known, 'kind': absence.kind, 'note': absence.note})}"


class OutForm(AwayFields):
    kind = forms.ChoiceField(label=gettext_lazy("Why"), choices=AbsenceKind.choices, initial=AbsenceKind.ILL)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    field_order = ("kind", "first_day", "last_day", "from_time", "until_time", "note")

    def __init__(self, *args: Any, resource: Resource, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.resource = resource
        self.times: Span | None = None

    def clean(self) -> dict[str, Any]:
        self.times = self.times_in(self.resource.clock_zone)
        if self.times and self.times[1] <= timezone.now():
            self.add_error("last_day", _("This time is over. Record it under Absences."))
        return self.cleaned_data

    def absence(self, request: HttpRequest) -> Absence:
        """Return the absence, recorded once however often the button is pressed."""
        assert self.times is not None
        start, end = self.times
        values = {"kind": self.cleaned_data["kind"], "note": self.cleaned_data["note"], "created_by": staff(request)}
        same = Absence.objects.filter(resource=self.resource, start=start, end=end)
        with transaction.atomic():
            self.resource.lock()  # two clicks at once
            return same.first() or Absence.objects.create(resource=self.resource, start=start, end=end, **values)


@dataclass(frozen=True)
class Choice:
    """What is to become of one visit: its technician and time, or LEAVE, or CANCEL."""

    key: str
    label: str
    to: FreeTime | None = None


@dataclass(frozen=True)
class _OutVisit:
    booking: Booking

    @property
    def when(self) -> str:
        return site_when(self.booking.start, self.booking.end, self.booking.zone_name)

    @property
    def url(self) -> str:
        return change_url(self.booking)


@dataclass(frozen=True)
class OutRow(_OutVisit):
    """One visit on the page."""

    choices: list[Choice]
    chosen: Choice
    said: list[str]


@dataclass(frozen=True)
class OutResult(_OutVisit):
    tone: str
    said: str


def page(request: HttpRequest, object_id: str) -> HttpResponse:
    resource = _resource(request, object_id)
    asked = request.POST if request.method == "POST" else request.GET
    is_asked = "first_day" in asked
    today = zones.local(timezone.now(), resource.clock_zone).date()
    form = OutForm(asked if is_asked else None, resource=resource, initial={"first_day": today})
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("%(name)s is out") % {"name": resource.name},
        "opts": Resource._meta,
        "resource": resource,
        "form": form,
        "zone": zones.plain_label(resource.clock_zone, "en"),
    }
    if is_asked and form.is_valid():
        if request.method == "POST" and PREVIEW not in request.POST:
            results = _do(request, form)
            context |= {"results": results, "failed": sum(one.tone == FAILED for one in results)}
        else:
            context |= _visits(request, form, asked)
    status = 400 if form.errors else 200
    return TemplateResponse(request, "admin/out.html", context, status=status)


def _resource(request: HttpRequest, object_id: str) -> Resource:
    if not (request.user.has_perm(MAY_MOVE_VISITS) and request.user.has_perm(MAY_RECORD)):
        raise PermissionDenied
    try:
        return Resource.objects.get(pk=object_id)
    except (Resource.DoesNotExist, ValueError):
        raise Http404 from None
    except forms.ValidationError:  # not a key at all
        raise Http404 from None


# --- What could be done -----------------------------------------------------------------------------------------------
def _visits(request: HttpRequest, form: OutForm, asked: QueryDict) -> dict[str, Any]:
    assert form.times is not None
    now = timezone.now()
    found = stranded(form.resource, form.times, now, most=MOST + 1)
    unit = DistanceUnit(PortalSettings.load().travel_radius_unit)
    chosen = []
    for one in found[:MOST]:
        choices = _choices(one, unit)
        wanted = asked.get(f"choice-{one.booking.pk}", "")
        best = one.best.key if one.best else LEAVE
        by_key = {choice.key: choice for choice in choices}
        chosen.append((one.booking, choices, by_key.get(wanted) or by_key[best]))
    said = _told([(booking, choice) for booking, _choices_, choice in chosen], _change(request, form), now)
    rows = [OutRow(booking, choices, choice, said.get(booking.pk, [])) for booking, choices, choice in chosen]
    away = away_in_words(*form.times, form.resource.clock_zone)
    why = AbsenceKind(form.cleaned_data["kind"]).label
    hidden = [(name, form.data.get(name, "")) for name in form.fields]
    return {
        "rows": rows,
        "hidden": hidden,
        "asked": True,
        "when": away,
        "why": why,
        "more": len(found) > MOST,
        "most": MOST,
    }


def _choices(one: Stranded, unit: DistanceUnit) -> list[Choice]:
    booking = one.booking
    same = [_choice(other, _("%(name)s, at the same time"), booking, unit) for other in one.same_time]
    later = [_choice(other, _("%(name)s, %(when)s"), booking, unit) for other in one.later]
    cancel = Choice(CANCEL, _("Cancel the visit"))
    leave = Choice(LEAVE, _("Leave it with %(name)s for now") % {"name": booking.resource.name})
    return [*same, *later, leave, cancel]


def _choice(one: StandIn, words: str, booking: Booking, unit: DistanceUnit) -> Choice:
    label = words % {"name": one.resource.name, "when": site_when(one.start, one.end, booking.zone_name)}
    if one.km is not None:
        number = round(one.km / (KM[unit]))
        label = _("%(label)s (%(number)d %(unit)s away)") % {"label": label, "number": number, "unit": unit.value}
    return Choice(one.key, label, FreeTime(one.start, one.end, one.resource))


def _told(chosen: Iterable[tuple[Booking, Choice]], change: Change, now: dt.datetime) -> dict[Any, list[str]]:
    """Return by visit what its customer will be told, or why it cannot be done; a few statements for all."""
    draft: Draft[Booking, VerbDone] = Draft()
    said: dict[Any, list[str]] = {}
    for booking, choice in chosen:
        changed = copy(booking)
        draft.take(changed)
        try:
            _apply(changed, choice, change)
        except BookingError as refusal:
            said[booking.pk] = [str(refusal)]
    for one in plan_done(draft.done, draft.changed(), now):
        said.setdefault(one.booking.pk, plans.as_sentences(one, now))
    return said


# --- Doing it ---------------------------------------------------------------------------------------------------------
def _change(request: HttpRequest, form: OutForm) -> Change:
    # Why somebody is out may be a matter of health: the story of a visit does not say it.
    return Change(by=staff(request), via=Via.ADMIN, why=_("%(name)s is out") % {"name": form.resource.name})


def _do(request: HttpRequest, form: OutForm) -> list[OutResult]:
    """Record the absence, then do what was chosen for each visit. What cannot be done stays, and is named."""
    form.absence(request)
    change = _change(request, form)
    posted = {name: str(value) for name, value in request.POST.items()}
    wanted = {name.removeprefix("choice-"): key for name, key in posted.items() if name.startswith("choice-")}
    bookings = Booking.objects.with_visit().in_bulk(_keys(wanted))
    ordered = sorted(bookings.values(), key=lambda one: one.start)
    return [_do_one(booking, wanted[str(booking.pk)], request.POST, form, change) for booking in ordered]


def _keys(wanted: Iterable[str]) -> list[str]:
    field = Booking._meta.pk
    keys = []
    for key in wanted:
        try:
            keys.append(str(field.to_python(key)))
        except forms.ValidationError:
            continue
    return keys


def _do_one(booking: Booking, wanted: str, posted: QueryDict, form: OutForm, change: Change) -> OutResult:
    booking.revision = read_revision(posted.get(f"revision-{booking.pk}", ""), booking)
    choice = Choice(wanted, "", None if wanted in (LEAVE, CANCEL) else _named(wanted, booking))
    if choice.to is None and wanted != CANCEL:
        return OutResult(booking, QUIET, _("Left as it was."))
    try:
        with transaction.atomic():
            if choice.to is not None:
                choice.to.resource.lock()
                proposal = Proposal(choice.to.resource, booking.work_order, choice.to.start, choice.to.end, booking)
                refuse_conflicts(proposal, ())
            _apply(booking, choice, change)
    except BookingError as refusal:
        fresh = Booking.objects.with_visit().get(pk=booking.pk)
        return OutResult(fresh, FAILED, _("Not done: %(why)s") % {"why": refusal})
    return OutResult(booking, GOOD, _done(booking, choice))


def _named(key: str, booking: Booking) -> FreeTime | None:
    """Return the time that a choice names. Keys are to the minute; a visit may begin between minutes."""
    time = FreeTime.named(key, booking.end - booking.start)
    is_same = time is not None and abs(time.start - booking.start) < dt.timedelta(minutes=1)
    return FreeTime(booking.start, booking.end, time.resource) if time is not None and is_same else time


def _apply(booking: Booking, choice: Choice, change: Change) -> None:
    if choice.key == CANCEL:
        booking.cancel(change)
    elif choice.to is not None:
        booking.assign(choice.to.resource, change)
        if choice.to.start != booking.start:
            booking.reschedule(choice.to.start, choice.to.end, change)


def _done(booking: Booking, choice: Choice) -> str:
    if choice.to is None:
        return _("Canceled.")
    when = site_when(booking.start, booking.end, booking.zone_name)
    return _("Now with %(name)s, %(when)s.") % {"name": booking.resource.name, "when": when}
