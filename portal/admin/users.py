"""Users in the Settings area."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import User
from fsportal.settings_area.actions import ActionButton, ActionRefused, ConfirmForm, RecordAction
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import staff
from fsportal.settings_area.record_page import RecordPage
from portal.admin import staff_invitations
from portal.models.staff_invitation import waiting
from portal.sign_in import second_factors


def _remove_second_factors(request: HttpRequest, record: User, data: dict[str, Any]) -> str:
    if record.is_superuser and not request.user.is_superuser:
        raise ActionRefused(_("Only a superuser changes how a superuser signs in."))
    second_factors.remove_all(record, by=staff(request))
    return _("The second factors are removed. The password is asked for as before.")


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
class StaffAdmin(RecordPage, UserAdmin):  # type: ignore[type-arg]  # django-stubs: generic in the stub only
    change_form_template = "admin/user.html"
    change_list_template = "admin/user_list.html"
    record_actions = [staff_invitations.SEND_AGAIN, staff_invitations.WITHDRAW, REMOVE_SECOND_FACTORS]
    list_display = ["username", "full_name", "email", "role", "invitation", "business_unit", "last_login", "is_active"]
    list_filter = [INVITED, "is_staff", "is_superuser", "is_active", "groups", "business_unit"]
    list_select_related = ["business_unit", "staff_invitation"]
    autocomplete_fields = ["business_unit"]
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email", "business_unit")}),
        (gettext_lazy("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

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

    def details(self, request: HttpRequest, record: User) -> dict[str, Any]:
        return {"invitation_words": staff_invitations.explained(record)}

    @admin.display(description=gettext_lazy("invitation"))
    def invitation(self, record: User) -> str:
        return staff_invitations.state_of(record)

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, record: User) -> str:
        return record.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, record: User) -> str:
        return _("everything (superuser)") if record.is_superuser else ", ".join(g.name for g in record.groups.all())


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or request.user.is_superuser


def _without_password(fields: Any) -> list[Any]:
    return [field for field in fields if field != "password"]
