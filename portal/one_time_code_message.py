"""The message with a one-time code."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import pgettext_lazy

from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.kinds import SEND, Composed, Decision, Example, Verdict
from notifications.customers.wording.common import common_values
from notifications.models import CustomerNotification, Reason
from portal.message_kind import MADE_UP_MESSAGE, PersonMessageKind, made_up
from portal.message_placeholders import OF_ONE_TIME_CODE
from portal.models import OneTimeCode
from portal.models.one_time_code import LIVES_FOR

MINUTES = int(LIVES_FOR.total_seconds() // 60)


class OneTimeCodeMessage(PersonMessageKind):
    """Six digits that were just asked for, and expire in a few minutes."""

    event = "one_time_code"
    label = pgettext_lazy("event", "One-time code")
    priority = 0
    heeds_opt_out = False
    has_own_address = True
    placeholders = OF_ONE_TIME_CODE
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {"body": ("code",), "sms": ("code",)}

    def subject(self, notification: CustomerNotification) -> OneTimeCode | None:
        return OneTimeCode.objects.filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Send it while it works; never by text to somebody who has stopped texts."""
        assert isinstance(subject, OneTimeCode)
        contact, is_text = notification.contact, notification.channel == Channel.SMS
        if is_text and contact is not None and contact.has_opted_out(Channel.SMS):
            return Verdict(Decision.SUPPRESS, Reason.OPTED_OUT)
        over = subject.used_at is not None or now >= subject.ends_at
        return Verdict(Decision.EXPIRE, Reason.TOO_LATE) if over else SEND

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert isinstance(subject, OneTimeCode)
        context: dict[str, Any] = {"company": portal_settings.company_name, "code": subject.digits, "minutes": MINUTES}
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms=" ".join(self._render("sms", context).split()),
            links=[subject.digits],
        )

    def values(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        assert isinstance(subject, OneTimeCode)
        own = {"code": subject.digits, "minutes": str(MINUTES)}
        return common_values(notification, portal_settings, language) | own

    def examples(self, search: str, now: dt.datetime) -> list[tuple[str, str]]:
        return MADE_UP_MESSAGE

    def example(self, key: str, channel: str, portal_settings: PortalSettings, now: dt.datetime) -> Example:
        return made_up(self.event, channel, OneTimeCode(purpose="example", channel=channel))

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()
