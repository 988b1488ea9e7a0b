"""Accounts in the Settings area."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from fsportal.models import Account, Contact, Site
from fsportal.settings_area import addresses
from fsportal.settings_area.addresses import AddressForm, initial_place, point_out_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import (
    AnyInline,
    AnyStackedInline,
    list_link,
)
from notifications.admin.exclusion import ExclusionActions
from portal.admin import contacts
from portal.admin.contacts import PhoneForm


# Eight fields in a row would be many times as wide as a phone.
class SiteInline(AnyStackedInline):
    model = Site
    form = AddressForm
    fields = ["name", "street", "postal_code", "city", "country", "time_zone", "latitude", "longitude"]
    extra = 0
    verbose_name_plural = gettext_lazy("Further sites")


class ContactInline(AnyInline):
    model = Contact
    form = PhoneForm
    fields = ["name", "email", "mobile_phone", "language"]
    extra = 0
    show_change_link = True


@admin.register(Account)
class AccountAdmin(ExclusionActions):
    change_form_template = "admin/account.html"
    ordering = ["name"]
    list_display = ["name", "city", "time_zone", "primary_contact", "people", "told", "is_active"]
    more_columns = ("external_id", "street", "postal_code", "country", "shares_visits", "created_at")
    list_filter = ["is_excluded", "is_active", "time_zone"]
    list_select_related = ["primary_contact"]
    search_fields = ["name", "external_id", "city", "postal_code", "contacts__name", "contacts__email"]
    autocomplete_fields = ["primary_contact"]
    actions = ["put_on_list", "take_off_list"]
    form = AddressForm
    inlines = [ContactInline, SiteInline]
    # By a column of another table a hundred thousand rows would be joined and sorted.
    sortable_by = ["name", "city", "time_zone", "told", "is_active"]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["name", "external_id", "primary_contact", "is_active", "is_excluded", "shares_visits"]}),
        (
            gettext_lazy("Service address"),
            {
                "description": gettext_lazy("Without a time zone it gets that of its coordinates or its country."),
                "fields": addresses.FIELDS,
            },
        ),
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**initial_place(), **super().get_changeform_initial_data(request)}

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = addresses.pin_context() | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, page)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        point_out_zone(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        people = number_of(Contact, "account")
        found: QuerySet[Any] = super().get_queryset(request).annotate(number_of_people=people)
        return found

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the contacts, and let their sign-ins follow a changed email."""
        super().save_formset(request, form, formset, change)
        for person in formset.initial_forms:
            contacts.take_along(request, person.instance, person)

    @admin.display(description=gettext_lazy("contacts"))
    def people(self, record: Any) -> SafeString:
        return list_link("fsportal.Contact", record.number_of_people, account__id__exact=record.pk)
