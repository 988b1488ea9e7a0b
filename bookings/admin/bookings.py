"""Bookings > Bookings: a list that opens on what lies ahead, and a page whose buttons are the verbs."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin import bulk, confirmations, plans
from bookings.admin.confirmations import AnswerFilter
from bookings.admin.conflict_forms import PROPOSAL
from bookings.admin.filters import ToldFilter, WhenFilter
from bookings.admin.forms import (
    AssignForm,
    CancelBookingForm,
    CompleteForm,
    DeclineForm,
    ReopenForm,
    RescheduleForm,
    SetOffForm,
    read_revision,
)
from bookings.admin.hide_positions import AsksNoPlaces
from bookings.admin.imports import export_as_csv
from bookings.admin.series_actions import SERIES_ACTIONS, series_facts
from bookings.admin.timeline import story
from bookings.admin.told_column import with_told
from bookings.admin.visits_beside import status_dot
from bookings.availability.conflicts import Proposal, refuse_conflicts
from bookings.messages import queue
from bookings.models import Booking, BookingError, BookingStatus, Change, CustomerAnswer, Via
from bookings.models.status import ASSIGNABLE, FINAL, MAY_FOLLOW, RESCHEDULABLE
from bookings.tell_now import tell_now
from fsportal.lib.text import one_line
from fsportal.models import PortalSettings
from fsportal.settings_area.actions import ActionForm, ConfirmForm, RecordAction
from fsportal.settings_area.parts import (
    GOOD,
    QUIET,
    change_url,
    dot,
    record_link,
    site_moment,
    site_when,
    staff,
)
from fsportal.settings_area.record_page import Facts, RecordPage
from notifications.admin import conversation_part

PERMISSION = "bookings.change_status"
#: The visits of a customer, to which the pages of accounts and contacts lead.
OF_CUSTOMERS = ("work_order__account__id__exact", "work_order__reported_by__id__exact")
#: What has to be filled in before a verb changes anything.
NEEDS = {"reschedule": "start", "assign": "resource"}


def _as_read(request: HttpRequest, booking: Booking) -> Booking:
    """Set the revision that the page showed, so that the verb notices when somebody else was faster."""
    booking.revision = read_revision(request.POST.get("revision", ""), booking)
    return booking


def _change(request: HttpRequest, data: dict[str, Any]) -> Change:
    """Take out of a form's data what says how a change was made; the rest is the verb's."""
    said = {name: data.pop(name) for name in ("why", "quiet", "despite", "replan") if name in data}
    return Change(by=staff(request), via=Via.ADMIN, **said)


def _verb(name: str, done: Any) -> Callable[[HttpRequest, Booking, dict[str, Any]], str]:
    @transaction.atomic
    def perform(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> str:
        proposal, change = data.pop(PROPOSAL, None), _change(request, data)
        refuse_under_lock(proposal, change)
        changed = getattr(_as_read(request, booking), name)(**data, change=change)
        return str(done) if changed else _("Nothing was changed: it was like that already.")

    return perform


def _preview(name: str) -> Callable[[HttpRequest, Booking, dict[str, Any]], SafeString]:
    needed = NEEDS.get(name)

    def preview(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> SafeString:
        data.pop(PROPOSAL, None)
        change = _change(request, data)
        if needed and not data.get(needed):
            return plans.of_change(booking, None)
        return plans.of_change(booking, lambda changed: getattr(changed, name)(**data, change=change))

    return preview


def _told_time(booking: Booking) -> str:
    return booking.told_time.words(booking.zone_name, translation.get_language() or "en")


def refuse_under_lock(proposal: Proposal | None, change: Change) -> None:
    """Lock the technician and refuse what stands against the visit, unless it was accepted.

    Whoever else is booking them right now either comes first, or finds the time taken.
    """
    if proposal is not None:
        proposal.resource.lock()
        refuse_conflicts(proposal, change.despite)


def _may_become(status: BookingStatus) -> Callable[[Booking], bool]:
    return lambda booking: status in MAY_FOLLOW[booking.status]


def _action(
    name: str,
    label: Any,
    done: Any,
    possible: Callable[[Booking], bool],
    form: type[ActionForm] | None = None,
    **more: Any,
) -> RecordAction:
    return RecordAction(
        name.replace("_", "-"),
        label,
        _verb(name, done),
        PERMISSION,
        possible=possible,
        form=form,
        preview=_preview(name),
        **more,
    )


def _tell_now(request: HttpRequest, booking: Booking, data: dict[str, Any]) -> str:
    tell_now(booking, by=staff(request))
    return plans.when_it_goes(booking)


TELL_NOW = RecordAction(
    "tell-now",
    gettext_lazy("Tell now"),
    _tell_now,
    PERMISSION,
    possible=lambda booking: booking.status == BookingStatus.SCHEDULED and booking.start > timezone.now(),
    form=ConfirmForm,
    explains=gettext_lazy("The customer is told when the visit is, whatever they were told before."),
    preview=lambda _request, booking, _data: plans.of_asking(booking),
)


VERBS = [
    _action(
        "travel",
        gettext_lazy("Set off"),
        gettext_lazy("The technician is on the way; the customer is told."),
        _may_become(BookingStatus.TRAVELING),
        SetOffForm,
        explains=gettext_lazy("The customer is told at once that the technician is on the way, with an arrival time."),
    ),
    _action(
        "start_work",
        gettext_lazy("Start work"),
        gettext_lazy("Work has started."),
        _may_become(BookingStatus.IN_PROGRESS),
    ),
    _action("pause", gettext_lazy("Take a break"), gettext_lazy("On a break."), _may_become(BookingStatus.ON_BREAK)),
    _action(
        "turn_back",
        gettext_lazy("Turn back"),
        gettext_lazy("The visit is scheduled again."),
        _may_become(BookingStatus.SCHEDULED),
        ConfirmForm,
    ),
    _action(
        "complete",
        gettext_lazy("Complete"),
        gettext_lazy("The visit is completed; the customer is told."),
        _may_become(BookingStatus.COMPLETED),
        CompleteForm,
        explains=gettext_lazy("The customer is told at once that the work is done."),
    ),
    _action(
        "reschedule",
        gettext_lazy("Reschedule"),
        gettext_lazy("The visit was moved."),
        lambda booking: booking.status in RESCHEDULABLE,
        RescheduleForm,
        explains=gettext_lazy(
            "The customer is told if the start moves by more than 10 minutes from what they know, or to another window."
        ),
    ),
    _action(
        "assign",
        gettext_lazy("Assign"),
        gettext_lazy("The visit has another technician."),
        lambda booking: booking.status in ASSIGNABLE,
        AssignForm,
    ),
    _action(
        "confirm",
        gettext_lazy("Confirmed by phone"),
        gettext_lazy("The visit is confirmed."),
        lambda booking: confirmations.may_be_noted(booking, CustomerAnswer.YES),
    ),
    _action(
        "decline",
        gettext_lazy("Does not suit"),
        gettext_lazy("It is noted that the time does not suit. The visit stays until it is moved or canceled."),
        lambda booking: confirmations.may_be_noted(booking, CustomerAnswer.NO),
        DeclineForm,
    ),
    _action(
        "cancel",
        gettext_lazy("Cancel visit"),
        gettext_lazy("The visit is canceled."),
        _may_become(BookingStatus.CANCELED),
        CancelBookingForm,
        tone="danger",
        explains=gettext_lazy("A customer who was reminded of the visit is told."),
    ),
    _action(
        "reopen",
        gettext_lazy("Reopen"),
        gettext_lazy("The visit is open again."),
        lambda booking: booking.status in FINAL,
        ReopenForm,
        explains=gettext_lazy("A customer who was told that the visit is canceled or completed is told otherwise."),
    ),
]


ACTIONS_OF_LIST: tuple[Any, ...] = (*bulk.LIST_ACTIONS, export_as_csv)


@admin.register(Booking)
class BookingAdmin(AsksNoPlaces, RecordPage):
    """Bookings are changed by their verbs only, never by an edit form."""

    may_change = False
    may_delete = False  # a visit that is off is canceled, and its story stays
    change_form_template = "admin/booking.html"
    record_actions = (*VERBS, TELL_NOW, *SERIES_ACTIONS)
    refusals = (BookingError,)
    list_display = ["visit", "state_dot", "customer", "resource", "told"]
    more_columns = ("place", "external_id", "created_at", "completed_at")
    list_display_links = ["visit"]
    list_filter = [WhenFilter, "status", ToldFilter, AnswerFilter, "resource"]
    # By a column of another table a hundred thousand rows would be joined and sorted.
    sortable_by = ["visit"]
    list_per_page = 50
    date_hierarchy = "start"
    ordering = ["start"]
    search_fields = [
        "#work_order__number",
        "work_order__account__name",
        "work_order__reported_by__name",
        "work_order__reported_by__email",
        "resource__name",
        "=external_id",
    ]
    search_help_text = gettext_lazy("Work order, account, contact, technician or external id")
    actions = ACTIONS_OF_LIST
    takes_many = frozenset(action.__name__ for action in ACTIONS_OF_LIST)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        return with_told(super().get_queryset(request).with_visit())  # type: ignore[attr-defined]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in OF_CUSTOMERS or super().lookup_allowed(lookup, value, request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(PERMISSION)

    @admin.display(description=gettext_lazy("visit"), ordering="start")
    def visit(self, record: Booking) -> str:
        return site_when(record.start, record.end, record.zone_name)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state_dot(self, record: Booking) -> SafeString:
        return status_dot(record)

    @admin.display(description=gettext_lazy("account"), ordering="work_order__account__name")
    def customer(self, record: Booking) -> SafeString:
        """Return the account, with service and work order below it: few columns fit a phone."""
        order = record.work_order
        about = f"{order.number}, {one_line(order.incident_type.name, 60)}"
        return format_html('{}<span class="second">{}</span>', one_line(order.account.name, 60), about)

    @admin.display(description=gettext_lazy("where"))
    def place(self, record: Booking) -> str:
        return record.work_order.site.address_line()

    @admin.display(description=gettext_lazy("told of the time"))
    def told(self, record: Any) -> SafeString:
        """Return what the customer has said of it, or else whether they know it."""
        if (said := confirmations.mark(record)) is not None:
            return dot(*said)
        return dot(_("Told"), GOOD) if record.is_told else dot(_("Not told"), QUIET)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Lead to the one form to book, which understands the same names in its address."""
        query = request.GET.urlencode()
        return HttpResponseRedirect(reverse("admin:new-visit") + (f"?{query}" if query else ""))

    # --- One booking ------------------------------------------------------------------------------------------------
    def page_title(self, record: Booking) -> str:
        return self.visit(record)

    def details(self, request: HttpRequest, record: Booking) -> dict[str, Any]:
        whom = queue.recipient(record.work_order, PortalSettings.of(request))
        return {
            "wishes": self._wishes(request, record),
            "story": story(record),
            "plan": plans.shown_now(record),
            "conversation": conversation_part.latest(request, whom),
        }

    def _wishes(self, request: HttpRequest, record: Booking) -> list[tuple[Any, str]]:
        """Return the customer's open wishes, each with the address of its page."""
        if not request.user.has_perm("bookings.view_customernote"):
            return []
        return [(wish, change_url(wish)) for wish in record.customer_notes.waiting().select_related("contact")]

    def action_facts(self, record: Booking) -> Facts:
        return [
            (_("Visit"), site_when(record.start, record.end, record.zone_name)),
            *([(_("The customer is told"), _told_time(record))] if record.window else []),
            (_("Status"), self.state_dot(record)),
            (_("Customer"), record.work_order.account.name),
            (_("Technician"), record.resource.name),
        ]

    def facts(self, record: Booking) -> Facts:
        order = record.work_order
        whom = queue.recipient(order, PortalSettings.load())
        rows: Facts = [
            (_("Customer"), record_link(order.account)),
            (_("Messages go to"), record_link(whom) if whom else _("nobody")),
            *([(_("They are told"), _told_time(record))] if record.window else []),
            (_("Service"), order.incident_type.name),
            (_("Work order"), record_link(order)),
            (_("Where"), order.site.address_line() or "–"),
            (_("Technician"), record_link(record.resource)),
            *series_facts(record),
        ]
        return rows + [row for row in self._passing_facts(record) if row[1]]

    def _passing_facts(self, record: Booking) -> Facts:
        zone = record.zone_name
        return [
            (_("Customer’s answer"), confirmations.sentence(record)),
            (_("Arrival"), self._arrival(record)),
            (_("Completed"), site_moment(record.completed_at, zone) if record.completed_at else ""),
            (_("External id"), record.external_id),
            (_("Not told because"), self._excluded(record)),
        ]

    def _arrival(self, record: Booking) -> str:
        earliest, latest = record.arrival_earliest, record.arrival_latest
        if record.status != BookingStatus.TRAVELING or earliest is None or latest is None:
            return ""
        return f"{site_when(earliest, latest, record.zone_name)}, {record.arrival_source}"

    def _excluded(self, record: Booking) -> str:
        order = record.work_order
        if order.account.is_excluded:
            return _("the account is on the exclusion list")
        excluded = order.work_order_type is not None and order.work_order_type.is_excluded
        return _("the work order type is on the exclusion list") if excluded else ""
