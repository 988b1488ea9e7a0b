"""Customers (accounts, contacts) and staff (users, groups, business units) in the Settings area."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Account, AuditEntry, BusinessUnit, Contact, User
from fsportal.settings_area import consent, sign_in_address
from fsportal.settings_area.deeds import Deed, DeedsAdmin
from fsportal.settings_area.exclusion import ExclusionActions
from fsportal.settings_area.parts import (
    ATTENTION,
    AnyAdmin,
    AnyInline,
    AnyModelForm,
    ReadOnlyAdmin,
    dot,
    list_link,
    record_link,
    utc_moment,
)


class ContactInline(AnyInline):
    """The people of an account."""

    model = Contact
    fields = ["name", "email", "mobile_phone", "language"]
    extra = 0
    show_change_link = True


@admin.register(Account)
class AccountAdmin(ExclusionActions):
    """Customer organisations and households."""

    ordering = ["name"]
    list_display = ["name", "city", "time_zone", "primary_contact", "people", "told", "is_active"]
    list_filter = ["is_excluded", "is_active", "time_zone"]
    list_select_related = ["primary_contact"]
    search_fields = ["name", "external_id", "city", "postal_code", "contacts__name", "contacts__email"]
    autocomplete_fields = ["primary_contact"]
    actions = ["put_on_list", "take_off_list"]
    inlines = [ContactInline]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["name", "external_id", "primary_contact", "is_active", "is_excluded", "shares_visits"]}),
        (
            gettext_lazy("Service address"),
            {"fields": ["street", "postal_code", "city", "country", "time_zone", "latitude", "longitude"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the people in the same query."""
        people: QuerySet[Any] = (
            super().get_queryset(request).annotate(number_of_people=Count("contacts", distinct=True))
        )
        return people

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the people, and see to the addresses that they sign in with."""
        super().save_formset(request, form, formset, change)
        for person in formset.initial_forms:
            sign_in_address.take_along(request, person.instance, person)

    @admin.display(description=gettext_lazy("contacts"), ordering="number_of_people")
    def people(self, record: Any) -> SafeString:
        """Return how many contacts there are, as a link to them."""
        return list_link("fsportal.Contact", record.number_of_people, account__id__exact=record.pk)


class ContactForm(AnyModelForm):
    """A contact; who signs in for them is never one of the staff."""

    def clean_portal_user(self) -> User | None:
        """Refuse a user who may enter the Settings area."""
        user: User | None = self.cleaned_data["portal_user"]
        if user is not None and (user.is_staff or user.is_superuser):
            raise ValidationError(_("This user signs in to the Settings area; choose a customer's own user."))
        return user


@admin.register(Contact)
class ContactAdmin(DeedsAdmin):
    """The people to whom messages go.

    Upper floors add deeds to `deeds`; lists to `related`: model, words, and the look-up of the contact; pages of their
    own to `pages`: the right they need, words, and the name of an address that takes the contact's id; and to `notes`
    what is to be seen at a glance, as HTML.
    """

    form = ContactForm
    change_form_template = "admin/contact.html"
    list_display = ["name", "account_link", "email", "mobile_phone", "language", "opted_out"]
    list_filter = [consent.OptedOutFilter, "language", "account__is_excluded"]
    list_select_related = ["account"]
    search_fields = ["name", "email", "mobile_phone", "account__name"]
    autocomplete_fields = ["account", "portal_user"]
    inlines = [consent.OptOutInline, consent.MessageChoiceInline]
    list_per_page = 50
    deeds: ClassVar[list[Deed]] = [*consent.DEEDS]
    related: ClassVar[list[tuple[str, Any, str]]] = [
        ("notifications.customernotification", gettext_lazy("Messages sent to this contact"), "contact__id__exact"),
        ("bookings.bookingnotificationcode", gettext_lazy("Booking notification codes"), "contact__id__exact"),
        ("bookings.workorder", gettext_lazy("Work orders reported"), "reported_by__id__exact"),
        ("fsportal.auditentry", gettext_lazy("What was done with this contact"), "subject_id__exact"),
    ]
    pages: ClassVar[list[tuple[str, Any, str]]] = []
    notes: ClassVar[list[Callable[[HttpRequest, Contact], SafeString]]] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Fetch the opt-outs of a whole page in one query."""
        return super().get_queryset(request).prefetch_related("opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Keep a contact with their account, and the link to a user to those who look after users."""
        fixed = [] if obj is None else ["account"]
        return fixed if request.user.has_perm("fsportal.change_user") else [*fixed, "portal_user"]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Save, and see to the address that they sign in with."""
        super().save_model(request, obj, form, change)
        sign_in_address.take_along(request, obj, form)

    @admin.display(description=gettext_lazy("account"), ordering="account__name")
    def account_link(self, record: Contact) -> SafeString:
        """Return a link to the account."""
        return record_link(record.account)

    @admin.display(description=gettext_lazy("opted out of"))
    def opted_out(self, record: Contact) -> SafeString | str:
        """Return the channels that this contact does not want."""
        names = [opt_out.get_channel_display() for opt_out in record.opt_outs.all() if opt_out.ended_at is None]
        return dot(", ".join(names), ATTENTION) if names else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Add what can be done with the contact, and links to what belongs to them."""
        record = self.get_object(request, object_id)
        own = {
            "related": self._related(request, object_id) if record else [],
            "buttons": self.buttons(request, record) if record else [],
            "notes": [note(request, record) for note in self.notes] if record else [],
        }
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def _related(self, request: HttpRequest, object_id: str) -> list[SafeString]:
        links = []
        for model, words, lookup in self.related:
            app, name = model.split(".")
            if request.user.has_perm(f"{app}.view_{name}"):
                links.append(list_link(model, words, **{lookup: object_id}))
        pages = [(words, name) for right, words, name in self.pages if request.user.has_perm(right)]
        return links + [
            format_html('<a href="{}">{}</a>', reverse(name, args=[object_id]), words) for words, name in pages
        ]


@admin.register(BusinessUnit)
class BusinessUnitAdmin(AnyAdmin):
    """The parts of the company, as a tree."""

    ordering = ["name"]
    list_display = ["name", "parent", "people"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    autocomplete_fields = ["parent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the users in the same query."""
        units: QuerySet[Any] = super().get_queryset(request).annotate(number_of_users=Count("users"))
        return units

    @admin.display(description=gettext_lazy("users"), ordering="number_of_users")
    def people(self, record: Any) -> SafeString:
        """Return how many users there are, as a link to them."""
        return list_link("fsportal.User", record.number_of_users, business_unit__id__exact=record.pk)


@admin.register(User)
class StaffAdmin(DeedsAdmin, UserAdmin):  # type: ignore[type-arg]  # django-stubs: generic in the stub only
    """Everybody who signs in. Upper floors add deeds."""

    change_form_template = "admin/user.html"
    deeds: ClassVar[list[Deed]] = []
    list_display = ["username", "full_name", "email", "business_unit", "role", "last_login", "is_active"]
    list_filter = ["is_staff", "is_superuser", "is_active", "groups", "business_unit"]
    list_select_related = ["business_unit"]
    autocomplete_fields = ["business_unit"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email", "business_unit")}),
        (gettext_lazy("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Fetch the groups of a whole page in one query."""
        return super().get_queryset(request).prefetch_related("groups")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the user, with what can be done."""
        record = self.get_object(request, object_id)
        may = record is not None and self.has_change_permission(request, record)
        own = {"buttons": self.buttons(request, record) if may else []}
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only superusers change superusers, their passwords among it."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only superusers delete superusers."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Keep rights beyond those of the groups to superusers; groups may be granted."""
        beyond = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        return [*super().get_readonly_fields(request, obj), *beyond]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out the summary of the password's hash for those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(name, options | {"fields": _without_password(options["fields"])}) for name, options in fieldsets]

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, record: User) -> str:
        """Return first and last name."""
        return record.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, record: User) -> str:
        """Return the groups, or that everything is allowed."""
        return _("everything (superuser)") if record.is_superuser else ", ".join(g.name for g in record.groups.all())


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


def _without_password(fields: Any) -> list[Any]:
    return [field for field in fields if field != "password"]


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Groups, with who is in them."""

    ordering = ["name"]
    list_display = ["name", "people"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Count the users in the same query."""
        return super().get_queryset(request).annotate(number_of_users=Count("user"))

    @admin.display(description=gettext_lazy("users"), ordering="number_of_users")
    def people(self, record: Any) -> SafeString:
        """Return how many users there are, as a link to them."""
        return list_link("fsportal.User", record.number_of_users, groups__id__exact=record.pk)


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who did what to which record, and why."""

    list_display = ["moment", "who", "deed", "about", "why"]
    list_display_links = None
    list_filter = ["deed", ("subject_type", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["by", "subject_type"]
    search_fields = ["deed", "why", "by__username"]
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description=gettext_lazy("at"), ordering="at")
    def moment(self, record: AuditEntry) -> str:
        """Return when it was done."""
        return utc_moment(record.at)

    @admin.display(description=gettext_lazy("by"), ordering="by")
    def who(self, record: AuditEntry) -> str:
        """Return who did it; what nobody is named for, the system or the customer did."""
        return str(record.by) if record.by else _("System")

    @admin.display(description=gettext_lazy("about"))
    def about(self, record: AuditEntry) -> SafeString | str:
        """Return a link to the record, without fetching it."""
        kind = record.subject_type
        address = f"admin:{kind.app_label}_{kind.model}_change"
        try:
            return format_html('<a href="{}">{}</a>', reverse(address, args=[record.subject_id]), kind.name)
        except NoReverseMatch:
            return kind.name
