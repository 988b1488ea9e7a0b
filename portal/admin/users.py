"""Users in the Settings area."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import ApiToken, AuditEntry, User
from fsportal.settings_area.actions import ActionButton, ActionRefused, ConfirmForm, RecordAction
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    QUIET,
    ago,
    company_moment,
    dot,
    list_link,
    record_link,
    staff,
)
from fsportal.settings_area.reach import email_link
from fsportal.settings_area.record_page import Facts, RecordWithForm, Related, Row
from fsportal.settings_area.story import SEES_AUDIT, Entry, Source, audited, seen_by, subject_url
from portal.admin import staff_invitations
from portal.models.staff_invitation import waiting
from portal.sign_in import second_factors


def _remove_second_factors(request: HttpRequest, record: User, data: dict[str, Any]) -> str:
    if record.is_superuser and not request.user.is_superuser:
        raise ActionRefused(_("Only a superuser changes how a superuser signs in."))
    second_factors.remove_all(record, by=staff(request))
    return _("The second factors are removed. The password is asked for as before.")


#: Contacts and tokens that the page of a user shows, and how much of what they did its story goes back.
SHOWN, REMEMBERED = 10, 500

REMOVE_SECOND_FACTORS = RecordAction(
    "remove-second-factors",
    gettext_lazy("Remove second factors"),
    _remove_second_factors,
    "fsportal.change_user",
    possible=second_factors.has_some,
    form=ConfirmForm,
    explains=gettext_lazy(
        "For somebody who has lost their phone and their recovery codes. Be sure that it is them: from then on"
        " the password alone lets them in. They are told by email."
    ),
)


INVITED = choice_filter(
    gettext_lazy("invitation"), "invited", {"yes": (gettext_lazy("Invited, not here yet"), waiting())}
)


@admin.register(User)
class StaffAdmin(RecordWithForm, UserAdmin):  # type: ignore[type-arg]  # django-stubs: generic in the stub only
    change_form_template = "admin/user.html"
    change_list_template = "admin/user_list.html"
    record_actions = [staff_invitations.SEND_AGAIN, staff_invitations.WITHDRAW, REMOVE_SECOND_FACTORS]
    list_display = ["username", "full_name", "email", "role", "invitation", "business_unit", "last_login", "is_active"]
    more_columns = ("is_staff", "is_superuser", "date_joined")
    list_filter = [INVITED, "is_staff", "is_superuser", "is_active", "groups", "business_unit"]
    list_select_related = ["business_unit", "staff_invitation"]
    autocomplete_fields = ["business_unit"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email", "language", "business_unit")}),
        (gettext_lazy("Access"), {"fields": ("is_active", "is_staff", "groups")}),
        (
            gettext_lazy("Rights beyond roles"),
            {"fields": ("is_superuser", "user_permissions"), "classes": ("collapse",)},
        ),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined"), "classes": ("collapse",)}),
    )
    readonly_fields = ("last_login", "date_joined")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer checkboxes for roles, of which there are few."""
        if db_field.name == "groups":
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def buttons(self, request: HttpRequest, record: User) -> list[ActionButton]:
        return super().buttons(request, record) if self.has_change_permission(request, record) else []

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only superusers change superusers and their passwords."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Let only superusers grant rights beyond those of groups."""
        beyond = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        return [*super().get_readonly_fields(request, obj), *beyond]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out the summary of the password's hash for those who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(name, options | {"fields": _without_password(options["fields"])}) for name, options in fieldsets]

    @admin.display(description=gettext_lazy("invitation"))
    def invitation(self, record: User) -> str:
        return staff_invitations.state_of(record)

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, record: User) -> str:
        return record.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, record: User) -> str:
        return _("everything (superuser)") if record.is_superuser else ", ".join(g.name for g in record.groups.all())

    # --- One user ---------------------------------------------------------------------------------------------------
    def state_dot(self, record: User) -> SafeString:
        if not record.is_active:
            return dot(_("Closed"), QUIET)
        if record.is_superuser:
            return dot(_("Everything (superuser)"), ATTENTION)
        return dot(_("Staff"), GOOD) if record.is_staff else dot(_("Customer"), GOOD)

    def key_facts(self, request: HttpRequest, record: User) -> list[Any]:
        seen = _("Signed in %(ago)s") % {"ago": ago(record.last_login)} if record.last_login else _("Never signed in")
        return [record.username, email_link(record.email), seen]

    def facts(self, record: User) -> Facts:
        return [
            (_("Roles"), self.role(record) or _("none")),
            (_("Last sign-in"), company_moment(record.last_login)),
            *([(_("Business unit"), record_link(record.business_unit))] if record.business_unit else []),
        ]

    def details(self, request: HttpRequest, record: User) -> dict[str, Any]:
        """Add the second factors for those who can remove them: others would learn whom to attack."""
        facts = self.facts(record)
        if self.has_change_permission(request, record):
            facts.append((_("Second factors"), second_factors.in_words(record) or _("none")))
        return {"facts": facts, "invitation_words": staff_invitations.explained(record)}

    def related(self, request: HttpRequest, record: User) -> list[Related]:
        may = request.user.has_perm
        resource = getattr(record, "resource", None) if may("bookings.view_resource") else None
        contacts = record.contacts.select_related("account")[:SHOWN] if may("fsportal.view_contact") else []
        tokens = (
            record.api_tokens.all()[:SHOWN] if may("fsportal.view_apitoken") and _may_touch(request, record) else []
        )
        did = [list_link("fsportal.AuditEntry", _("All of it in the audit trail"), by__id__exact=record.pk)]
        return [
            Related(_("Technician"), [Row(record_link(resource))] if resource else []),
            Related(_("Contacts"), [Row(record_link(one), one.account.name) for one in contacts]),
            Related(_("API tokens"), [_token(one) for one in tokens]),
            Related(_("What this user did"), leads_to=did if may(SEES_AUDIT) else []),
        ]

    def sources(self, request: HttpRequest, record: User) -> list[Source]:
        return seen_by(request, (SEES_AUDIT, audited(record)), (SEES_AUDIT, _done_by(record)))


def _token(token: ApiToken) -> Row:
    state = dot(_("Works"), GOOD) if token.works else dot(_("Does not work any more"), QUIET)
    return Row(record_link(token), _("until %(when)s") % {"when": company_moment(token.expires_at)}, state)


def _done_by(user: User) -> Source:
    """Return the latest of what a user did. They are found by key, in whose order they were written.

    By their time, all that a busy user ever did would be sorted.
    """
    latest = AuditEntry.objects.filter(by=user).order_by("-pk").values("pk")[:REMEMBERED]
    rows = AuditEntry.objects.filter(pk__in=latest).select_related("subject_type")
    return Source(rows, "at", _what_was_done)


def _what_was_done(entry: AuditEntry) -> Entry:
    kind = entry.subject_type
    title = capfirst(entry.action)
    if kind is not None:
        title = _("%(kind)s: %(action)s") % {"kind": capfirst(kind.name), "action": entry.action}
    lines = [entry.why] if entry.why else []
    return Entry(entry.at, company_moment(entry.at), QUIET, title, _("by this user"), lines, subject_url(entry))


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


def _without_password(fields: Any) -> list[Any]:
    return [field for field in fields if field != "password"]
