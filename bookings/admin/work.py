"""Work orders, their types, and services."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from bookings.admin.series_actions import occurrence_of
from bookings.models import Booking, BookingStatus, WorkOrder, WorkOrderType
from fsportal.settings_area import addresses
from fsportal.settings_area.addresses import AddressForm, point_out_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import AnyAdmin, list_link, record_link
from notifications.admin.exclusion import ExclusionActions


@admin.register(WorkOrderType)
class WorkOrderTypeAdmin(ExclusionActions):
    list_display = ["name", "told"]
    list_filter = ["is_excluded"]
    search_fields = ["name"]
    actions = ["put_on_list", "take_off_list"]


@admin.register(WorkOrder)
class WorkOrderAdmin(AnyAdmin):
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
        return found

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = addresses.pin_context() | {"repeat_url": _repeat_url(request, object_id)} | (extra_context or {})
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


def _repeat_url(request: HttpRequest, object_id: Any) -> str:
    """Return the address at which the latest visit of a work order can be repeated; empty if none can be."""
    if not request.user.has_perm("bookings.change_status"):
        return ""
    try:
        visits = Booking.objects.filter(work_order=object_id).exclude(status=BookingStatus.CANCELED)
        latest = visits.order_by("-start").first() if object_id else None
    except ValidationError:  # not an id at all: the page itself says so
        return ""
    if latest is None or occurrence_of(latest) is not None:
        return ""
    return reverse("admin:bookings_booking_action", args=[latest.pk, "repeat"])
