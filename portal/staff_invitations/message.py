"""The message with a link for somebody who is going to work here."""

import datetime as dt
import uuid
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from fsportal.lib.zones import moment
from fsportal.models import PortalSettings
from notifications.customers.kinds import SEND, Composed, Decision, Verdict
from notifications.models import CustomerNotification, Reason
from portal.message_kind import PersonMessageKind
from portal.models import StaffInvitation
from portal.models.staff_invitation import EVENT


class StaffInvitationMessage(PersonMessageKind):
    """Who invites, the user name, and the link. The revision is the generation of the code that it carries."""

    event = EVENT
    label = pgettext_lazy("event", "Invitation of staff")
    priority = 1
    channels = ("email",)
    heeds_opt_out = False
    has_own_address = True

    def subject(self, notification: CustomerNotification) -> StaffInvitation | None:
        found = StaffInvitation.objects.filter(pk=notification.regarding_id or uuid.UUID(int=0))
        return found.select_related("user", "inviter").first()

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Send it while its link works and the address is still the user's."""
        assert isinstance(subject, StaffInvitation)
        works = StaffInvitation.objects.open(now).filter(pk=subject.pk, generation=notification.revision).exists()
        if works and notification.to == subject.user.email:
            return SEND
        return Verdict(Decision.SUPERSEDE, Reason.INVITATION_OVER)

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert isinstance(subject, StaffInvitation)
        context: dict[str, Any] = {"company": portal_settings.company_name, "inviter": subject.inviter}
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="",
            facts=[
                (_("User name"), subject.user.username),
                (_("Can be used until"), moment(subject.expires_at, portal_settings.time_zone, language)),
            ],
            button=(_("Choose your password"), subject.link),
            links=[subject.link],
        )

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()
