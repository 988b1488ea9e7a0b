"""The message to the address that a customer has given up: so that nobody loses an account without hearing of it."""

import datetime as dt
import uuid

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from fsportal.models import PortalSettings
from fsportal.settings_area.parts import masked_address
from notifications.customers.kinds import SEND, Composed, Decision, Verdict
from notifications.models import CustomerNotification, Reason
from portal.message_kind import PersonMessageKind
from portal.models import OneTimeCode
from portal.profile.email_undo import WORKS_FOR, link_of


class EmailChanged(PersonMessageKind):
    """Tells the old address that there is a new one, and whom to ask if that is a surprise."""

    event = "email_changed"
    label = pgettext_lazy("event", "Email address changed")
    priority = 3
    channels = ("email",)
    heeds_opt_out = False
    has_own_address = True

    def subject(self, notification: CustomerNotification) -> OneTimeCode | None:
        return OneTimeCode.objects.filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        return Verdict(Decision.EXPIRE, Reason.TOO_LATE) if now > notification.created_at + WORKS_FOR else SEND

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert isinstance(subject, OneTimeCode)
        context = {
            "company": portal_settings.company_name,
            "email": masked_address(subject.to),
            "phone": portal_settings.contact_phone,
            "contact_email": portal_settings.contact_email,
        }
        link = link_of(notification)
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="",
            button=(_("Take the change back"), link),
            links=[link],
        )

    def _render(self, part: str, context: dict[str, str]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()
