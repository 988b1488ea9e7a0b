"""Accounts in the Settings area."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from fsportal.models import Account, Contact
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import (
    AnyInline,
    list_link,
)
from notifications.admin.exclusion import ExclusionActions
from portal.admin import contacts


class ContactInline(AnyInline):
    model = Contact
    fields = ["name", "email", "mobile_phone", "language"]
    extra = 0
    show_change_link = True


@admin.register(Account)
class AccountAdmin(ExclusionActions):
    change_form_template = "admin/account.html"
    ordering = ["name"]
    list_display = ["name", "city", "time_zone", "primary_contact", "people", "told", "is_active"]
    list_filter = ["is_excluded", "is_active", "time_zone"]
    list_select_related = ["primary_contact"]
    search_fields = ["name", "external_id", "city", "postal_code", "contacts__name", "contacts__email"]
    autocomplete_fields = ["primary_contact"]
    actions = ["put_on_list", "take_off_list"]
    inlines = [ContactInline]
    # By a column of another table a hundred thousand rows would be joined and sorted.
    sortable_by = ["name", "city", "time_zone", "told", "is_active"]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["name", "external_id", "primary_contact", "is_active", "is_excluded", "shares_visits"]}),
        (
            gettext_lazy("Service address"),
            {"fields": ["street", "postal_code", "city", "country", "time_zone", "latitude", "longitude"]},
        ),
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"time_zone": current_zone(), **super().get_changeform_initial_data(request)}

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
