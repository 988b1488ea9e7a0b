"""The message with an invitation: who invites, what the portal is good for, code and link."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from fsportal.lib import zones
from fsportal.models import Account, PortalSettings
from notifications.customers.kinds import SEND, Composed, Decision, Example, MessageKind, Verdict
from notifications.customers.wording.common import common_values
from notifications.models import CustomerNotification, Reason
from portal.invitations import staff_cards
from portal.message_kind import MADE_UP_ACCOUNT, MADE_UP_MESSAGE, made_up
from portal.message_placeholders import OF_INVITATION
from portal.models import Invitation
from portal.models.invitation import EVENT


class InvitationMessage(MessageKind):
    """An invitation, by email only. The message's revision is the generation of the code that it carries."""

    event = EVENT
    label = pgettext_lazy("event", "Invitation")
    channels = ("email",)
    # The button leads to the portal, and the code is listed in any case.
    placeholders = OF_INVITATION

    def subject(self, notification: CustomerNotification) -> Invitation | None:
        found = Invitation.objects.select_related("account")
        return found.filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Send it while its code can be redeemed by this contact, who belongs to an account that may be told."""
        assert isinstance(subject, Invitation)
        if self._is_over(notification, subject, now):
            return Verdict(Decision.SUPERSEDE, Reason.INVITATION_OVER)
        if subject.account.is_excluded:
            return Verdict(Decision.SUPPRESS, Reason.EXCLUDED_ACCOUNT)
        if not subject.account.is_active:
            return Verdict(Decision.SUPPRESS, Reason.INACTIVE_ACCOUNT)
        return SEND

    def _is_over(self, notification: CustomerNotification, invitation: Invitation, now: dt.datetime) -> bool:
        if not invitation.is_redeemable(now) or notification.revision != invitation.generation:
            return True
        contact = notification.contact
        has_come = invitation.redemptions.filter(contact=contact, undone_at=None).exists()
        # An automatic invite is useless to somebody who has an account by now.
        return has_come or (invitation.is_automatic and contact is not None and contact.portal_user_id is not None)

    def undelivered(self, notification: CustomerNotification) -> None:
        if isinstance(notification.regarding, Invitation):
            staff_cards.invitation_undelivered(notification, notification.regarding)

    def settling(self, notifications: Sequence[CustomerNotification]) -> list[CustomerNotification]:
        """Return those beside which another message with the same invitation failed."""
        return CustomerNotification.objects.beside_failures(notifications)

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        if isinstance(notification.regarding, Invitation):
            staff_cards.invitation_arrived(notification.regarding)

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert isinstance(subject, Invitation)
        context: dict[str, Any] = {"company": portal_settings.company_name, "portal_settings": portal_settings}
        facts = [(_("Your code"), subject.code)]
        if until := _until(subject, language):
            facts.append((_("Can be used until"), until))
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="",
            facts=facts,
            button=(_("Create your account"), subject.link),
            # The link contains the code, so it comes first.
            links=[subject.link, subject.code],
        )

    def values(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        assert isinstance(subject, Invitation)
        own = {"link": subject.link, "code": subject.code, "until": _until(subject, language)}
        return common_values(notification, portal_settings, language) | own

    def examples(self, search: str, now: dt.datetime) -> list[tuple[str, str]]:
        return MADE_UP_MESSAGE

    def example(self, key: str, channel: str, portal_settings: PortalSettings, now: dt.datetime) -> Example:
        """Return an invitation that is made up: no other has its public id."""
        account = Account(name=str(MADE_UP_ACCOUNT), time_zone=portal_settings.time_zone)
        invitation = Invitation(account=account, public_id="EXAMPL", expires_at=portal_settings.invitation_ends(now))
        return made_up(self.event, channel, invitation)

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()


def _until(invitation: Invitation, language: str) -> str:
    ends = invitation.expires_at
    return zones.moment(ends, invitation.account.time_zone, language) if ends is not None else ""
