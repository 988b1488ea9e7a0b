"""Work orders, their types, services and technicians."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from bookings.admin.hide_positions import SEES_WHEREABOUTS, AsksNoPlaces
from bookings.admin.working_hours import HELP, WorkingHoursField, in_words
from bookings.models import Booking, IncidentType, Resource, WorkOrder, WorkOrderType
from bookings.models.resources import office_hours
from fsportal.settings_area import addresses
from fsportal.settings_area.addresses import AddressForm, point_out_zone
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import ATTENTION, GOOD, AnyAdmin, AnyModelForm, dot, list_link, record_link
from fsportal.settings_area.phones import PhoneField
from notifications.admin.exclusion import ExclusionActions


@admin.register(WorkOrderType)
class WorkOrderTypeAdmin(ExclusionActions):
    list_display = ["name", "told"]
    list_filter = ["is_excluded"]
    search_fields = ["name"]
    actions = ["put_on_list", "take_off_list"]


@admin.register(IncidentType)
class IncidentTypeAdmin(AnyAdmin):
    list_display = ["name", "duration_minutes", "default_work_order_type", "is_offered"]
    list_filter = ["is_offered", "default_work_order_type"]
    list_select_related = ["default_work_order_type"]
    search_fields = ["name"]
    autocomplete_fields = ["default_work_order_type"]
    fieldsets = [
        (None, {"fields": ["name", "duration_minutes", "default_work_order_type", "is_offered"]}),
        (
            gettext_lazy("What customers may do"),
            {
                "description": gettext_lazy("By themselves, with a scheduled visit of this type. Staff may always."),
                "fields": [
                    "customers_may_change",
                    "customers_may_cancel",
                    "cutoff_hours",
                    "cancel_cutoff_hours",
                    "max_changes",
                ],
            },
        ),
    ]


class ResourceForm(AnyModelForm):
    working_hours = WorkingHoursField(
        label=gettext_lazy("Working hours"), required=False, initial=office_hours, help_text=HELP
    )
    main_phone = PhoneField(label=gettext_lazy("Main phone"), required=False)


@admin.register(Resource)
class ResourceAdmin(AsksNoPlaces, AnyAdmin):
    form = ResourceForm

    ordering = ["name"]  # an aggregate in the query drops the model's own order
    list_display = ["name", "active", "main_phone", "time_zone", "visits"]
    list_filter = ["is_active", "time_zone"]
    search_fields = ["name", "user__username", "main_phone"]
    autocomplete_fields = ["user"]
    readonly_fields = ["hours_in_words", "last_latitude", "last_longitude", "last_seen_at"]
    list_per_page = 50

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"time_zone": current_zone(), **super().get_changeform_initial_data(request)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visits = number_of(Booking, "resource")
        found: QuerySet[Any] = super().get_queryset(request).annotate(number_of_visits=visits)
        return found

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer checkboxes: Django's pair of lists needs scripts and tells screen readers nothing."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        hours = "working_hours" if may_write else "hours_in_words"
        return [
            (None, {"fields": ["name", "user", "photo", "main_phone", "is_active"]}),
            (gettext_lazy("Work"), {"fields": ["incident_types", "time_zone", hours]}),
            (gettext_lazy("Where they start"), {"fields": ["start_latitude", "start_longitude"]}),
            *self._whereabouts(request),
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        may_know = request.user.has_perm(SEES_WHEREABOUTS)
        return [*self.list_display, "last_seen_at"] if may_know else self.list_display

    def _whereabouts(self, request: HttpRequest) -> list[Any]:
        if not request.user.has_perm(SEES_WHEREABOUTS):
            return []
        return [(gettext_lazy("Last seen"), {"fields": ["last_latitude", "last_longitude", "last_seen_at"]})]

    @admin.display(description=gettext_lazy("working hours"))
    def hours_in_words(self, record: Resource) -> SafeString:
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in in_words(record.working_hours)))

    @admin.display(description=gettext_lazy("state"), ordering="is_active")
    def active(self, record: Resource) -> SafeString:
        return dot(gettext_lazy("Active"), GOOD) if record.is_active else dot(gettext_lazy("Not active"), ATTENTION)

    @admin.display(description=gettext_lazy("visits"), ordering="number_of_visits")
    def visits(self, record: Any) -> SafeString:
        return list_link("bookings.Booking", record.number_of_visits, resource__id__exact=record.pk, when="all")


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
        page = addresses.pin_context() | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, page)  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        point_out_zone(request, obj)

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: WorkOrder) -> SafeString:
        return record_link(record.account)

    @admin.display(description=gettext_lazy("visits"))
    def visits(self, record: Any) -> SafeString:
        return list_link("bookings.Booking", record.number_of_visits, work_order__id__exact=record.pk, when="all")
