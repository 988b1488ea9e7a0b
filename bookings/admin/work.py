"""Work orders, their types, and services."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.series_actions import occurrence_of
from bookings.admin.visits_beside import MAY_SEE, changes_of, new_visit_step, rows
from bookings.models import Booking, BookingStatus, WorkOrder, WorkOrderType
from fsportal.settings_area import addresses
from fsportal.settings_area.addresses import AddressForm, point_out_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import ATTENTION, GOOD, QUIET, WAITING, company_moment, dot, list_link, record_link
from fsportal.settings_area.reach import email_link, phone_link, place_link
from fsportal.settings_area.record_page import Facts, NextStep, RecordWithForm, Related
from fsportal.settings_area.story import SEES_AUDIT, Source, audited, seen_by
from notifications.admin.exclusion import ExclusionActions
from notifications.admin.message_story import messages
from notifications.models import CustomerNotification

#: Visits that the page of a work order shows, and those by which it says where the work stands.
SHOWN, SEEN = 8, 50


@admin.register(WorkOrderType)
class WorkOrderTypeAdmin(ExclusionActions):
    list_display = ["name", "told"]
    list_filter = ["is_excluded"]
    search_fields = ["name"]
    actions = ["put_on_list", "take_off_list"]


@admin.register(WorkOrder)
class WorkOrderAdmin(RecordWithForm):
    change_form_template = "admin/work_order.html"
    form = AddressForm
    ordering = ["-created_at"]
    list_display = ["number", "account_link", "incident_type", "work_order_type", "reported_by", "visits", "created_at"]
    list_filter = ["incident_type", "work_order_type"]
    list_select_related = ["account", "incident_type", "work_order_type", "reported_by"]
    search_fields = ["#number", "account__name", "reported_by__name", "reported_by__email"]
    autocomplete_fields = ["account", "incident_type", "work_order_type", "reported_by"]
    date_hierarchy = "created_at"
    # By a column of another table a hundred thousand rows would be joined and sorted.
    sortable_by = ["number", "created_at"]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["number", "account", "incident_type", "work_order_type", "reported_by", "notes"]}),
        (
            gettext_lazy("Place of work"),
            {
                "description": gettext_lazy("Empty: the work is at the account's address."),
                "fields": addresses.FIELDS,
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visits = number_of(Booking, "work_order")
        found: QuerySet[Any] = super().get_queryset(request).annotate(number_of_visits=visits)
        return found.select_related(*self.list_select_related)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = addresses.pin_context() | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, page)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.waits_since = timezone.now()  # until a visit is made for it
        super().save_model(request, obj, form, change)
        point_out_zone(request, obj)

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: WorkOrder) -> SafeString:
        return record_link(record.account)

    @admin.display(description=gettext_lazy("visits"))
    def visits(self, record: Any) -> SafeString:
        return list_link("bookings.Booking", record.number_of_visits, work_order__id__exact=record.pk, when="all")

    # --- One work order ---------------------------------------------------------------------------------------------
    def state_dot(self, record: WorkOrder) -> SafeString:
        if record.waits_since:
            return dot(_("Waits to be planned"), ATTENTION)
        statuses = set(record.bookings.values_list("status", flat=True)[:SEEN])
        if not statuses:
            return dot(_("No visit"), QUIET)
        if not statuses <= {BookingStatus.COMPLETED, BookingStatus.CANCELED}:
            return dot(_("Visit planned"), WAITING)
        return dot(_("Done"), GOOD) if BookingStatus.COMPLETED in statuses else dot(_("Canceled"), QUIET)

    def key_facts(self, request: HttpRequest, record: WorkOrder) -> list[Any]:
        whom = record.reported_by
        reached = (
            [phone_link(whom.mobile_phone), email_link(whom.email)]
            if whom and request.user.has_perm("fsportal.view_contact")
            else []
        )
        return [record.incident_type.name, record_link(record.account), *reached, place_link(record.site)]

    def next_steps(self, request: HttpRequest, record: WorkOrder) -> list[NextStep]:
        return new_visit_step(request, work_order=record.pk) + [
            NextStep(_("Repeat this visit…"), url) for url in [_repeat_url(request, record)] if url
        ]

    def facts(self, record: WorkOrder) -> Facts:
        return [
            (_("Account"), record_link(record.account)),
            (_("Reported by"), record_link(record.reported_by)),
            (_("Service"), record_link(record.incident_type)),
            (_("Created"), company_moment(record.created_at)),
        ]

    def related(self, request: HttpRequest, record: WorkOrder) -> list[Related]:
        if not request.user.has_perm(MAY_SEE):
            return []
        shown = rows(record.bookings.order_by("-start", "-pk")[:SHOWN])
        everything = list_link("bookings.Booking", _("All visits"), work_order__id__exact=record.pk, when="all")
        return [Related(_("Visits"), shown, [everything], _("No visit yet."))]

    def sources(self, request: HttpRequest, record: WorkOrder) -> list[Source]:
        visits = record.bookings.all()
        about = CustomerNotification.objects.filter(regarding_id__in=visits.values("pk"))
        return seen_by(
            request,
            (MAY_SEE, changes_of(visits)),
            ("notifications.view_customernotification", messages(about)),
            (SEES_AUDIT, audited(record)),
        )


def _repeat_url(request: HttpRequest, order: WorkOrder) -> str:
    """Return the address at which the latest visit of a work order can be repeated; empty if none can be."""
    if not request.user.has_perm("bookings.change_status"):
        return ""
    latest = order.bookings.exclude(status=BookingStatus.CANCELED).order_by("-start").first()
    if latest is None or occurrence_of(latest) is not None:
        return ""
    return reverse("admin:bookings_booking_action", args=[latest.pk, "repeat"])
