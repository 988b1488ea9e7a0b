"""The message that something about somebody's sign-in has changed."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings as django_settings
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from fsportal.lib.zones import moment
from fsportal.models import PortalSettings
from notifications.customers.kinds import SEND, Composed, Verdict
from notifications.models import CustomerNotification
from portal.message_kind import PersonMessageKind
from portal.models import SecurityNotice


class SecurityNoticeMessage(PersonMessageKind):
    """What changed and when, and what to do if it was somebody else."""

    event = "security_notice"
    label = pgettext_lazy("event", "Security notice")
    priority = 1
    channels = ("email",)
    heeds_opt_out = False
    has_own_address = True

    def subject(self, notification: CustomerNotification) -> SecurityNotice | None:
        found = SecurityNotice.objects.filter(pk=notification.regarding_id or uuid.UUID(int=0))
        return found.select_related("user").first()

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Send it always: what has happened stays true."""
        return SEND

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert isinstance(subject, SecurityNotice)
        contact = notification.contact
        zone = (contact.time_zone or contact.account.time_zone) if contact else portal_settings.time_zone
        context: dict[str, Any] = {"company": portal_settings.company_name, "change": subject.get_change_display()}
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="",
            facts=[(_("User name"), subject.user.username), (_("When"), moment(subject.at, zone, language))],
            button=(_("Reset your password"), django_settings.SITE_URL + reverse("account_reset_password")),
        )

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()
