"""One change for many bookings: chosen in the list or on Today, looked at, started, watched and stopped on one page."""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, Count, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings import bulk
from bookings.admin import free_message, plans
from bookings.admin.forms import quiet_field, why_field
from bookings.availability.conflicts import ConflictKind, Proposal, first_kinds
from bookings.bulk import BulkTerms
from bookings.models import (
    Booking,
    BookingError,
    BulkChange,
    BulkOutcome,
    BulkRow,
    BulkVerb,
    Resource,
    VerbDone,
)
from bookings.models.draft import Draft
from bookings.plan import plan_done
from fsportal.settings_area.actions import PREVIEW, forgive_what_is_missing
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    QUIET,
    WAITING,
    ReadOnlyAdmin,
    change_url,
    dot,
    site_when,
    staff,
)

PERMISSION = "bookings.change_status"
#: More are not taken at once: nobody can look through them.
MOST = 10_000
PER_PAGE = 100
TONES = {
    BulkOutcome.WAITING: WAITING,
    BulkOutcome.DONE: GOOD,
    BulkOutcome.UNCHANGED: QUIET,
    BulkOutcome.REFUSED: ATTENTION,
    BulkOutcome.STOPPED: QUIET,
}
#: What needs somebody comes first.
ORDER = Case(When(outcome=BulkOutcome.REFUSED, then=0), When(outcome=BulkOutcome.STOPPED, then=1), default=2)


# --- What is asked ----------------------------------------------------------------------------------------------------
class BulkForm(forms.Form):
    """What one verb asks for, for all bookings alike."""

    def terms(self) -> dict[str, Any]:
        """Return what is stored with the bulk change: plain JSON."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "anyway"}
        if isinstance(resource := data.get("resource"), Resource):
            data["resource"] = str(resource.pk)
        if self.cleaned_data.get("anyway"):
            data["despite"] = ConflictKind.values
        return data | {"language": translation.get_language() or "en"}


class _AnywayForm(BulkForm):
    anyway = forms.BooleanField(
        label=gettext_lazy("Book all the same where something stands against it"),
        required=False,
        help_text=gettext_lazy("Otherwise those visits are left as they are, and the result names them."),
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("anyway") and not self.cleaned_data.get("why"):
            self.add_error("why", _("Say why, for the history of the visits."))
        return self.cleaned_data


class BulkAssignForm(_AnywayForm):
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Technician"),
        queryset=Resource.objects.filter(is_active=True),
    )
    why = why_field(required=False)
    field_order = ("resource", "why", "anyway")


class BulkMoveForm(_AnywayForm):
    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        min_value=-366,
        max_value=366,
        help_text=gettext_lazy("1 is a day later, -1 a day earlier. The time of day stays, by the clock at the place."),
    )
    why = why_field(required=False)
    quiet = quiet_field()
    field_order = ("days", "why", "quiet", "anyway")

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        if not days:
            raise forms.ValidationError(_("Write by how many days, for example 1 or -7."))
        return days


class BulkCancelForm(BulkForm):
    why = why_field()
    quiet = quiet_field()


class BulkCompleteForm(BulkForm):
    why = why_field(required=False)
    quiet = quiet_field()


class BulkTellForm(BulkForm):
    pass


FORMS: dict[str, type[BulkForm]] = {
    BulkVerb.ASSIGN: BulkAssignForm,
    BulkVerb.MOVE: BulkMoveForm,
    BulkVerb.CANCEL: BulkCancelForm,
    BulkVerb.COMPLETE: BulkCompleteForm,
    BulkVerb.TELL: BulkTellForm,
}


# --- Choosing ---------------------------------------------------------------------------------------------------------
def choose(request: HttpRequest, verb: str, bookings: QuerySet[Booking]) -> HttpResponse:
    """Keep the chosen bookings and lead to the page on which the change is looked at and started."""
    chosen = list(bookings.only("pk", "revision"))
    if len(chosen) > MOST:
        words = _("At most %(most)s bookings can be changed at once. Choose fewer, for example with the filters.")
        flash.error(request, words % {"most": f"{MOST:,}"})
        return redirect("admin:bookings_booking_changelist")
    return redirect("admin:bookings_bulkchange_change", BulkChange.choose(verb, chosen, by=staff(request)).pk)


def _list_action(verb: BulkVerb) -> Callable[..., HttpResponse]:
    def action(_admin: Any, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        chosen = Booking.objects.filter(pk__in=queryset.order_by().values("pk")).order_by("start")
        return choose(request, verb, chosen[: MOST + 1])

    action.__name__ = f"bulk_{verb.value}"
    action.short_description = format_lazy("{verb}…", verb=verb.label)  # type: ignore[attr-defined]
    return action


LIST_ACTIONS = tuple(_list_action(verb) for verb in BulkVerb)


# --- The page ---------------------------------------------------------------------------------------------------------
@admin.register(BulkChange)
class BulkChangeAdmin(ReadOnlyAdmin):
    list_display = ("what", "total", "by", "started_at", "finished_at")
    list_select_related = ("by",)
    list_display_links = ("what",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkChange]:
        return super().get_queryset(request).filter(started_at__isnull=False)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(PERMISSION)

    @admin.display(description=gettext_lazy("what"))
    def what(self, record: BulkChange) -> str:
        return record.get_verb_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        change = _found(object_id)
        if change is None:
            flash.warning(request, _("There is no such bulk change (any more). Choose the bookings again."))
            return redirect("admin:bookings_booking_changelist")
        if request.method == "POST" and not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        if "stop" in request.POST:
            return self._stop(request, change)
        if change.started_at:
            return self._progress(request, change)
        return (
            free_message.of_bookings(request, change) if change.verb == BulkVerb.WRITE else self._terms(request, change)
        )

    def _stop(self, request: HttpRequest, change: BulkChange) -> HttpResponse:
        if change.stop():
            flash.success(request, _("It stops now. What is done stays done."))
            bulk.wake_worker()
        return redirect(change_url(change))

    def _terms(self, request: HttpRequest, change: BulkChange) -> HttpResponse:
        form = FORMS[change.verb](request.POST if request.method == "POST" else None, initial=_initial(request))
        if request.method == "POST" and PREVIEW not in request.POST and form.is_valid():
            if change.start(form.terms()):
                bulk.wake_worker()
            return HttpResponseRedirect(change_url(change))
        if PREVIEW in request.POST:
            forgive_what_is_missing(form)
        shown = change.rows.select_related("booking__work_order__account", "booking__resource")[: plans.NAMED]
        context = {
            "form": form,
            "change": change,
            "visits": [_line(row) for row in shown],
            "more": max(0, change.total - plans.NAMED),
            "preview": _preview(change, form),
            "follows_form": bool(form.visible_fields()),
        }
        return self._page(request, change, "terms", context, status=400 if form.errors else 200)

    def _progress(self, request: HttpRequest, change: BulkChange) -> HttpResponse:
        counts = dict(change.rows.order_by().values_list("outcome").annotate(Count("pk")))
        rows = change.rows.select_related("booking__work_order__account", "booking__resource")
        page = Paginator(rows.order_by(ORDER, "number"), PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "change": change,
            "done": change.total - counts.get(BulkOutcome.WAITING, 0),
            "counts": [(dot(one.label, TONES[one]), counts[one]) for one in BulkOutcome if one in counts],
            "page": page,
            "lines": [_line(row) for row in page],
            "is_going_on": change.finished_at is None,
        }
        return self._page(request, change, "progress", context)

    def _page(
        self, request: HttpRequest, change: BulkChange, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        words = ngettext("%(verb)s: %(count)d booking", "%(verb)s: %(count)d bookings", change.total)
        title = words % {"verb": change.get_verb_display(), "count": change.total}
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        return TemplateResponse(request, f"admin/bookings/bulkchange/{name}.html", context, status=status)


def _found(object_id: str) -> BulkChange | None:
    try:
        return BulkChange.objects.select_related("by").filter(pk=uuid.UUID(object_id)).first()
    except ValueError:
        return None


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Return what Today proposes for visits of past days: nobody needs to hear of them now."""
    return {"quiet": True, "why": request.GET.get("why", "")[:500]} if "quiet" in request.GET else {}


def _line(row: BulkRow) -> dict[str, Any]:
    booking = row.booking
    return {
        "url": change_url(booking),
        "when": site_when(booking.start, booking.end, booking.zone_name),
        "customer": booking.work_order.account.name,
        "technician": booking.resource.name,
        "outcome": dot(row.get_outcome_display(), TONES[BulkOutcome(row.outcome)]),
        "said": row.said,
    }


# --- What would happen ------------------------------------------------------------------------------------------------
def _preview(change: BulkChange, form: BulkForm) -> SafeString:
    """Return the part of a page that says what customers will be told, and which bookings would be left as they are."""
    rows = change.rows.order_by("number")[: plans.MOST]
    bookings = list(Booking.objects.with_visit().filter(pk__in=[row.booking_id for row in rows]).order_by("start"))
    if change.verb == BulkVerb.TELL:
        return plans.of_asking_for_each(bookings, more=change.total - len(bookings))
    if not form.is_bound and any(field.required for field in form.fields.values()):
        return render_to_string("admin/includes/plans_asked.html")
    data = form.terms() if hasattr(form, "cleaned_data") else {}
    what = BulkTerms.of(change, data)
    draft: Draft[Booking, VerbDone] = Draft()
    left: Counter[str] = Counter()
    proposals: dict[uuid.UUID, Proposal] = {}
    done = []
    for booking in bookings:
        draft.take(booking)
        try:
            proposal = what.proposal(booking)
            if what.do(booking):
                done.append(booking)
        except BookingError as error:
            left[str(error)] += 1
        else:
            proposals |= {booking.pk: proposal} if proposal else {}
    kinds = zip(proposals, first_kinds(proposals.values(), what.why.despite, drafted=done), strict=True)
    stays = {pk: kind for pk, kind in kinds if kind is not None}
    left.update(str(kind.label) for kind in stays.values())
    verbs = [one for one in draft.done if one.booking.pk not in stays]
    planned = plan_done(verbs, [booking for booking in done if booking.pk not in stays], timezone.now())
    return plans.of_many(planned, left, not_looked_at=change.total - len(bookings))
