"""Moving a visit: the page without scripts, and the answers to the board's scripts.

Scripts send the same form and get a part of a page instead of the page (PART). They are told how it went by the status
of the answer: 200 done (or looked at), 409 refused, 400 to be corrected.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bookings.admin import plans
from bookings.admin.board import moves, undo
from bookings.admin.board.move_form import BoardMoveForm, PutBackForm
from bookings.admin.board.moves import Wanted
from bookings.admin.board.page import MAY_BOOK, MAY_MOVE
from bookings.admin.board.query import BoardQuery
from bookings.admin.forms import read_revision
from bookings.availability.conflicts import Conflict, ConflictsFound, conflicts
from bookings.models import HOLD, Booking, BookingError, BookingStatus, Change, StaleBooking, Via, WorkOrder
from bookings.plan import MessagePlan, plan, plan_change
from fsportal.lib import zones
from fsportal.settings_area.actions import PREVIEW
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.parts import change_url, staff
from notifications.models import Reason

#: The header by which the board's scripts ask for a part of a page.
PART = "X-Board"
#: How long the button to undo is shown.
SECONDS = int(undo.OPEN_FOR.total_seconds())
#: The name of the button that puts a visit back into the tray.
TO_TRAY = "tray"


@dataclass(frozen=True)
class Moving:
    """One request about one visit, or about work that waits for one."""

    request: HttpRequest
    context: dict[str, Any]
    subject: Booking | WorkOrder

    @property
    def booking(self) -> Booking | None:
        return self.subject if isinstance(self.subject, Booking) else None

    @property
    def query(self) -> BoardQuery:
        """Return the board to go back to."""
        return BoardQuery.of(self.request.GET, timezone.now())

    @property
    def is_part(self) -> bool:
        return PART in self.request.headers

    @property
    def customer(self) -> str:
        order = self.booking.work_order if self.booking else self.subject
        return str(order.account.name)  # type: ignore[union-attr]

    @property
    def hold(self) -> dt.timedelta:
        """Return how long customers wait to be told. Nobody waits if the technician is on the way."""
        is_on_the_way = self.booking is not None and self.booking.status == BookingStatus.TRAVELING
        return dt.timedelta() if is_on_the_way else HOLD

    def change(self, data: dict[str, Any]) -> Change:
        return Change(
            by=staff(self.request),
            via=Via.ADMIN,
            why=data.get("why", ""),
            quiet=data.get("quiet", False),
            despite=tuple(data.get("despite", ())) if data.get("all_the_same") else (),
            hold=self.hold,
            replan=TO_TRAY in self.request.POST,
        )


def move(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    if not request.user.has_perm(MAY_MOVE):
        raise PermissionDenied
    moving = Moving(request, context, _subject(request))
    if moving.booking is None and not request.user.has_perm(MAY_BOOK):
        raise PermissionDenied
    if request.method == "GET":
        initial = {name: request.GET[name] for name in ("day", "time", "resource") if request.GET.get(name)}
        return _page(moving, BoardMoveForm(subject=moving.subject, initial=initial if not moving.booking else {}))
    if TO_TRAY in request.POST and moving.booking is not None:
        return _put_back(moving, moving.booking)
    return _move(moving)


def _subject(request: HttpRequest) -> Booking | WorkOrder:
    """Return what the address names, with the revision that the page showed."""
    visit, order = (_uuid(request.GET.get(name, "")) for name in ("visit", "work_order"))
    orders = WorkOrder.objects.select_related("account__primary_contact", "incident_type", "reported_by")
    found = moves.visits().filter(pk=visit).first() if visit else orders.filter(pk=order).first() if order else None
    if found is None:
        raise Http404
    if isinstance(found, Booking):
        found.revision = read_revision(request.POST.get("revision", ""), found)
    return found


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


# --- Moving -----------------------------------------------------------------------------------------------------------
def _move(moving: Moving) -> HttpResponse:
    form = BoardMoveForm(moving.request.POST, subject=moving.subject)
    asks_only = PREVIEW in moving.request.POST
    if not form.is_valid():
        known = form.cleaned_data.get("wanted")
        look = _look(known, moving.change(form.cleaned_data)) if known else None
        return _page(moving, form, look, status=200 if asks_only else 400)
    wanted, change = form.cleaned_data["wanted"], moving.change(form.cleaned_data)
    if asks_only:
        return _page(moving, form, _look(wanted, change))
    before = moves.visits().filter(pk=moving.booking.pk).first() if moving.booking else None
    waited = moving.subject.waits_since if isinstance(moving.subject, WorkOrder) else None
    try:
        booking = moves.carry_out(wanted, change)
    except ConflictsFound as found:
        return _page(moving, form, _look(wanted, change, found.conflicts), status=409)
    except BookingError as refusal:
        return _refused(moving, form, refusal)
    if before is not None and before.revision == booking.revision:
        return _done(moving, _("Nothing was changed: it was like that already."))
    done = _("%(customer)s: %(when)s, %(name)s.") % {
        "customer": moving.customer,
        "when": _when(booking),
        "name": booking.resource.name,
    }
    revision = before.revision if before else 0
    hears = _who_hears(booking, revision, change)
    token = undo.token_of(booking, before, waited) if change.hold else ""
    return _done(moving, done, hears, token, visit=str(booking.pk))


def _put_back(moving: Moving, booking: Booking) -> HttpResponse:
    form = PutBackForm(moving.request.POST)
    asks_only = PREVIEW in moving.request.POST
    if not form.is_valid():
        return _page(moving, form, status=400)
    change = moving.change(form.cleaned_data)
    if asks_only:
        return _page(
            moving, form, _look_at(lambda: plan_change(booking, lambda one: one.cancel(change), timezone.now()))
        )
    before = moves.visits().get(pk=booking.pk)
    try:
        moves.put_back(booking, change)
    except BookingError as refusal:
        return _refused(moving, form, refusal)
    done = _("%(customer)s waits to be planned again.") % {"customer": moving.customer}
    return _done(moving, done, _who_hears(booking, before.revision, change), undo.token_of(booking, before))


def undo_page(request: HttpRequest, _context: dict[str, Any]) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(MAY_MOVE):
        raise PermissionDenied
    try:
        undo.take_back(request.POST.get("token", ""), staff(request))
        said, status = _("Undone. No customer was told of the change."), 200
    except BookingError as refusal:
        said, status = str(refusal), 409
    if PART in request.headers:
        tone = "good" if status == 200 else "failed"
        return TemplateResponse(request, "admin/includes/board_said.html", {"said": said, "tone": tone}, status=status)
    messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, said)
    return HttpResponseRedirect(BoardQuery.of(QueryDict(request.POST.get("back", "")), timezone.now()).url)


# --- What the pages say -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Look:
    """What stands against a move, and who would be told what."""

    conflicts: Sequence[Conflict]
    plan: SafeString
    sentences: Sequence[str]
    refusal: str = ""


def _look(wanted: Wanted, change: Change, found: Sequence[Conflict] | None = None) -> Look:
    against = [] if wanted.is_as_it_was else conflicts(wanted.proposal) if found is None else found
    return _look_at(lambda: moves.plan_of(wanted, change, timezone.now()), against)


def _look_at(planned: Callable[[], MessagePlan], against: Sequence[Conflict] = ()) -> Look:
    now = timezone.now()
    try:
        one = planned()
    except BookingError as refusal:
        return Look(against, SafeString(), [], str(refusal))
    return Look(against, plans.rendered(plans.shown(one, now)), plans.as_sentences(one, now))


def _who_hears(booking: Booking, revision: int, change: Change) -> str:
    """Return in a sentence what the customer will be told about the visit as it is now, or why nothing."""
    now = timezone.now()
    ahead = plan(booking, now)
    if ahead.going:
        words = {"said": "; ".join(plans.as_sentences(ahead, now)), "seconds": int(HOLD.total_seconds())}
        if not change.hold:
            return _("The customer: %(said)s.") % words
        return _("The customer, after %(seconds)s seconds at the earliest: %(said)s.") % words
    untold = [Reason.DO_NOT_TELL] if change.quiet else moves.untold_since(booking, revision)
    reasons = dict.fromkeys([*plans.reasons(ahead), *(plans.reason_words(why) for why in untold)])
    why = "; ".join(filter(None, reasons))
    return _("The customer is told nothing: %(why)s.") % {"why": why} if why else _("The customer is told nothing.")


def _when(booking: Booking) -> str:
    return zones.when(booking.start, booking.end, current_zone(), translation.get_language() or "en")


def _done(moving: Moving, done: str, hears: str = "", token: str = "", visit: str = "") -> HttpResponse:
    if moving.is_part:
        details = {"said": done, "hears": hears, "token": token, "tone": "good", "seconds": SECONDS, "visit": visit}
        return TemplateResponse(moving.request, "admin/includes/board_said.html", details)
    messages.success(moving.request, f"{done} {hears}".strip())
    address = moving.query.url
    return HttpResponseRedirect(f"{address}&undo={token}" if token else address)


def _refused(moving: Moving, form: Any, refusal: BookingError) -> HttpResponse:
    """Say why not. After somebody else's change the page shows the visit as it is now, with what was typed."""
    if moving.is_part:
        kind = "stale" if isinstance(refusal, StaleBooking) else "refused"
        details = {"said": str(refusal), "tone": "failed", "kind": kind}
        return TemplateResponse(moving.request, "admin/includes/board_said.html", details, status=409)
    form.add_error(None, str(refusal))
    if moving.booking is not None:
        moving.booking.refresh_from_db()
    return _page(moving, form, status=409)


def _page(moving: Moving, form: Any, look: Look | None = None, status: int = 200) -> HttpResponse:
    order = moving.booking.work_order if moving.booking else moving.subject
    details = {
        "title": _("Move a visit") if moving.booking else _("Plan a visit"),
        "form": form,
        "booking": moving.booking,
        "work_order": order,
        "subject_url": change_url(moving.subject),
        "when": _when(moving.booking) if moving.booking else "",
        "look": look,
        "query": moving.query,
        "to_tray": TO_TRAY in moving.request.POST,
        "asked": PREVIEW in moving.request.POST,
        "may_put_back": moving.booking is not None and "day" in getattr(form, "fields", {}),
        "put_back_form": PutBackForm(auto_id="back_%s"),
    }
    if moving.is_part:
        words = render_to_string("admin/includes/board_look.html", details, moving.request)
        return HttpResponse(words, status=status)
    return TemplateResponse(moving.request, "admin/board_move.html", moving.context | details, status=status)
