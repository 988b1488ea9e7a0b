"""Settings > Customer Portal > Redemptions: who redeemed which invitation, and undoing it for the wrong person."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.settings_area.actions import ActionRefused, RecordAction
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import (
    FAILED,
    GOOD,
    ReadOnlyAdmin,
    change_url,
    dot,
    record_link,
    site_moment,
    staff,
)
from fsportal.settings_area.record_page import Facts, RecordPage
from portal.admin.forms import WhyForm
from portal.models import Redemption


def _undo(request: HttpRequest, redemption: Redemption, data: dict[str, Any]) -> str:
    if not redemption.undo(by=staff(request), why=data["why"]):
        raise ActionRefused(_("This redemption has been undone already."))
    if redemption.invitation.is_group:
        return _("It is undone. If the wrong person knows the code, give the invitation a new one.")
    if not redemption.invitation.is_redeemable(timezone.now()):
        return _("It is undone. The invitation has a new code, and has expired: extend it before you give it out.")
    return _("It is undone. The invitation has a new code: give it to the right person.")


UndoneFilter = choice_filter(
    gettext_lazy("state"),
    "undone",
    {
        "no": (gettext_lazy("Stands"), Q(undone_at=None)),
        "yes": (gettext_lazy("Undone"), Q(undone_at__isnull=False)),
    },
)


@admin.register(Redemption)
class RedemptionAdmin(RecordPage, ReadOnlyAdmin):
    list_display = ["whom", "user_link", "invitation_link", "redeemed", "state_dot"]
    list_display_links = ["whom"]
    list_filter = [UndoneFilter, "made_user"]
    list_select_related = ["contact", "user", "invitation__account"]
    list_per_page = 50
    date_hierarchy = "redeemed_at"
    search_fields = ["contact__name", "contact__email", "user__username", "user__email", "invitation__account__name"]
    search_help_text = gettext_lazy("Contact, user or account")
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
        return str(record.contact) if record.contact else _("a deleted contact")

    @admin.display(description=gettext_lazy("portal user"), ordering="user__username")
    def user_link(self, record: Redemption) -> SafeString:
        return record_link(record.user, record.user.get_username() if record.user else None)

    @admin.display(description=gettext_lazy("invitation"))
    def invitation_link(self, record: Redemption) -> SafeString:
        return record_link(record.invitation)

    @admin.display(description=gettext_lazy("redeemed"), ordering="redeemed_at")
    def redeemed(self, record: Redemption) -> str:
        return site_moment(record.redeemed_at, record.invitation.account.time_zone)

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: Redemption) -> SafeString:
        return dot(_("Undone"), FAILED) if record.undone_at else dot(_("Stands"), GOOD)

    def page_title(self, record: Redemption) -> str:
        return _("Redemption by %(contact)s") % {"contact": self.whom(record)}

    def facts(self, record: Redemption) -> Facts:
        roles = ", ".join(role.name for role in record.web_roles.all())
        rows: Facts = [
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
