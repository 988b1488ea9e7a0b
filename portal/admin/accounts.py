"""Accounts in the Settings area."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.visits_beside import MAY_SEE, changes_of, new_visit_step, visits_beside
from bookings.models import Booking
from bookings.models.booking import BookingQuerySet
from fsportal.lib.text import one_line
from fsportal.models import Account, Contact, Site
from fsportal.settings_area import addresses
from fsportal.settings_area.addresses import AddressForm, initial_place, point_out_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    QUIET,
    AnyInline,
    AnyStackedInline,
    dot,
    list_link,
    record_link,
)
from fsportal.settings_area.reach import email_link, phone_link, place_link
from fsportal.settings_area.record_page import NextStep, RecordWithForm, Related, Row
from fsportal.settings_area.story import SEES_AUDIT, Source, audited, seen_by
from notifications.admin.exclusion import ExclusionActions
from notifications.admin.message_story import messages
from notifications.models import CustomerNotification
from portal.admin import contacts
from portal.admin.contacts import PhoneForm

#: Contacts, sites and work orders that the page of an account shows.
SHOWN = 6


# Eight fields in a row would be many times as wide as a phone.
class SiteInline(AnyStackedInline):
    model = Site
    classes = ["collapse"]
    form = AddressForm
    fields = ["name", "street", "postal_code", "city", "country", "time_zone", "latitude", "longitude"]
    extra = 0
    verbose_name_plural = gettext_lazy("Further sites")


class ContactInline(AnyInline):
    model = Contact
    classes = ["collapse"]
    verbose_name_plural = gettext_lazy("Correct or add contacts")
    form = PhoneForm
    fields = ["name", "email", "mobile_phone", "language"]
    extra = 0
    show_change_link = True


@admin.register(Account)
class AccountAdmin(ExclusionActions, RecordWithForm):
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
        return found.select_related("primary_contact")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the contacts, and let their sign-ins follow a changed email."""
        super().save_formset(request, form, formset, change)
        for person in formset.initial_forms:
            contacts.take_along(request, person.instance, person)

    @admin.display(description=gettext_lazy("contacts"))
    def people(self, record: Any) -> SafeString:
        return list_link("fsportal.Contact", record.number_of_people, account__id__exact=record.pk)

    # --- One account ------------------------------------------------------------------------------------------------
    def state_dot(self, record: Account) -> SafeString:
        if not record.is_active:
            return dot(_("Not active"), QUIET)
        return dot(_("On the exclusion list"), ATTENTION) if record.is_excluded else dot(_("Gets messages"), GOOD)

    def key_facts(self, request: HttpRequest, record: Account) -> list[Any]:
        whom = record.primary_contact if request.user.has_perm("fsportal.view_contact") else None
        called = format_html("{} {}", record_link(whom), phone_link(whom.mobile_phone)) if whom else ""
        return [place_link(record), called]

    def next_steps(self, request: HttpRequest, record: Account) -> list[NextStep]:
        return new_visit_step(request, account=record.pk)

    def related(self, request: HttpRequest, record: Account) -> list[Related]:
        now, may = timezone.now(), request.user.has_perm
        of_account = {"work_order__account__id__exact": record.pk}
        return [
            *(visits_beside(_visits(record), now, of_account) if may(MAY_SEE) else []),
            *([_people(record)] if may("fsportal.view_contact") else []),
            Related(_("Sites"), [Row(site.name, place_link(site)) for site in record.sites.all()[:SHOWN]]),
            *([_orders(record)] if may("bookings.view_workorder") else []),
        ]

    def sources(self, request: HttpRequest, record: Account) -> list[Source]:
        of_its_contacts = CustomerNotification.objects.filter(contact__account=record)
        return seen_by(
            request,
            (MAY_SEE, changes_of(_visits(record))),
            ("notifications.view_customernotification", messages(of_its_contacts)),
            (SEES_AUDIT, audited(record)),
        )


def _visits(account: Account) -> BookingQuerySet:
    return Booking.objects.filter(work_order__account=account)


def _people(account: Account) -> Related:
    rows = [
        Row(record_link(one), phone_link(one.mobile_phone) or email_link(one.email))
        for one in account.contacts.order_by("name", "pk")[:SHOWN]
    ]
    everybody = list_link("fsportal.Contact", _("All contacts"), account__id__exact=account.pk)
    return Related(_("Contacts"), rows, [everybody], _("Nobody yet."))


def _orders(account: Account) -> Related:
    found = account.work_orders.select_related("incident_type").order_by("-created_at", "-pk")[:SHOWN]
    rows = [Row(record_link(one), one_line(one.incident_type.name, 60)) for one in found]
    return Related(
        _("Work orders"),
        rows,
        [list_link("bookings.WorkOrder", _("All work orders"), account__id__exact=account.pk)],
    )
