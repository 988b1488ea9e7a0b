"""Settings > Customer Portal > Redemptions: who came in by which invitation, and undoing it for the wrong person."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import User
from fsportal.settings_area.actions import ActionRefused, ActionsAdmin, RecordAction
from fsportal.settings_area.parts import FAILED, GOOD, ReadOnlyAdmin, change_url, dot, record_link, site_moment
from portal.admin.forms import WhyForm
from portal.models import Redemption


def _undo(request: HttpRequest, redemption: Redemption, data: dict[str, Any]) -> str:
    user = request.user
    assert isinstance(user, User)  # the admin has looked
    if not redemption.undo(by=user, why=data["why"]):
        raise ActionRefused(_("This redemption has been undone already."))
    if redemption.invitation.is_group:
        return _("It is undone. If the wrong person knows the code, give the invitation a new one.")
    if not redemption.invitation.is_redeemable(timezone.now()):
        return _("It is undone. The invitation has a new code, and has expired: extend it before you give it out.")
    return _("It is undone. The invitation has a new code: give it to the right person.")


class UndoneFilter(admin.SimpleListFilter):
    """By whether it stands."""

    title = gettext_lazy("state")
    parameter_name = "undone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("no", _("Stands")), ("yes", _("Undone"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen ones."""
        return queryset.filter(undone_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Redemption)
class RedemptionAdmin(ActionsAdmin, ReadOnlyAdmin):
    """Read, and undone; never edited."""

    change_form_template = "admin/redemption.html"
    list_display = ["whom", "user_link", "invitation_link", "redeemed", "state"]
    list_display_links = ["whom"]
    list_filter = [UndoneFilter, "made_user"]
    list_select_related = ["contact", "user", "invitation__account"]
    list_per_page = 50
    date_hierarchy = "redeemed_at"
    search_fields = ["contact__name", "contact__email", "user__username", "user__email", "invitation__account__name"]
    search_help_text = gettext_lazy("Contact, user or account")
    show_full_result_count = False
    record_actions = [
        RecordAction(
            "undo",
            gettext_lazy("Undo redemption"),
            _undo,
            "portal.undo_redemption",
            possible=lambda redemption: redemption.undone_at is None,
            form=WhyForm,
            explains=gettext_lazy(
                "For when the wrong person redeemed it. The contact is free again, loses the web roles that this gave,"
                " and has the address, the phone and the choices back that this person changed; links that went to such"
                " an address open nothing any more. An account that was made by it is closed and signed out everywhere."
                " A single invitation gets a new code, so that the right person can be invited."
            ),
            tone="danger",
            lands=lambda redemption: change_url(redemption.invitation),
        )
    ]

    @admin.display(description=gettext_lazy("contact"), ordering="contact__name")
    def whom(self, record: Redemption) -> str:
        """Return as whom."""
        return str(record.contact) if record.contact else _("a contact who is no more")

    @admin.display(description=gettext_lazy("portal user"), ordering="user__username")
    def user_link(self, record: Redemption) -> SafeString:
        """Return who."""
        return record_link(record.user, record.user.get_username() if record.user else None)

    @admin.display(description=gettext_lazy("invitation"))
    def invitation_link(self, record: Redemption) -> SafeString:
        """Return by which invitation."""
        return record_link(record.invitation)

    @admin.display(description=gettext_lazy("redeemed"), ordering="redeemed_at")
    def redeemed(self, record: Redemption) -> str:
        """Return when, on the account's clock."""
        return site_moment(record.redeemed_at, record.invitation.account.time_zone)

    @admin.display(description=gettext_lazy("state"))
    def state(self, record: Redemption) -> SafeString:
        """Return whether it stands."""
        return dot(_("Undone"), FAILED) if record.undone_at else dot(_("Stands"), GOOD)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one redemption, and what it gave."""
        record = self.get_object(request, object_id)
        if record is None:
            return super().change_view(request, object_id, form_url, extra_context)
        own = {
            "title": _("Redemption by %(contact)s") % {"contact": self.whom(record)},
            "subtitle": None,
            "state_dot": self.state(record),
            "facts": self.action_facts(record),
            "buttons": self.buttons(request, record),
        }
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def action_facts(self, record: Redemption) -> list[tuple[Any, Any]]:
        """Return what it gave to whom."""
        roles = ", ".join(role.name for role in record.web_roles.all())
        rows: list[tuple[Any, Any]] = [
            (_("Contact"), record_link(record.contact)),
            (_("Portal user"), self.user_link(record)),
            (_("Redeemed"), self.redeemed(record)),
            (_("Account made by it"), _("yes") if record.made_user else _("no, it was there before")),
            (_("Contact made by it"), _("yes") if record.made_contact else _("no")),
            (_("Web roles given"), roles or _("none")),
            (_("Invitation"), self.invitation_link(record)),
        ]
        if record.undone_at:
            zone = record.invitation.account.time_zone
            rows += [(_("Undone"), site_moment(record.undone_at, zone)), (_("Undone by"), record.undone_by or "–")]
        return rows
