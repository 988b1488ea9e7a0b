"""The message with a link to a new password.

The page on which it was asked for looks nobody up, so that neither its words nor its timing reveal who has an account.
The worker finds out here who signs in with the address; why somebody got no link is in the message log.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings as django_settings
from django.contrib.auth.tokens import default_token_generator
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from fsportal.models import Contact, PortalSettings, User
from notifications.customers.kinds import SEND, Composed, Decision, Example, Verdict
from notifications.customers.wording.common import common_values
from notifications.models import CustomerNotification, Reason
from portal.message_kind import MADE_UP_MESSAGE, PersonMessageKind, made_up
from portal.message_placeholders import OF_PASSWORD_RESET, WHEN_SEVERAL_ACCOUNTS

#: After that nobody is waiting for it, and somebody else may read the mailbox.
OF_USE_FOR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class MadeUpReset:
    """Stands for the row where the words are only looked at: links by user name that lead to no account."""

    links: list[tuple[str, str]]


class PasswordResetMessage(PersonMessageKind):
    """A link that was just asked for, for each account that signs in with the address."""

    event = "password_reset"
    label = pgettext_lazy("event", "Password reset")
    priority = 0
    channels = ("email",)
    heeds_opt_out = False
    has_own_address = True
    # The button has the link in any case.
    placeholders = OF_PASSWORD_RESET
    built_in_when = WHEN_SEVERAL_ACCOUNTS

    def subject(self, notification: CustomerNotification) -> CustomerNotification:
        """Return the row itself: it is about nothing but its address."""
        return notification

    def unchanged(self, subjects: Mapping[uuid.UUID, Any]) -> set[uuid.UUID]:
        return set(subjects)

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Send it if the user is known, active and has a password; otherwise give the reason."""
        if now >= notification.created_at + OF_USE_FOR:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        users = _who_signs_in_with(notification.to)
        if reason := _why_nobody(users):
            return Verdict(Decision.SUPPRESS, reason)
        _name_the_contact(notification, users)
        return SEND

    def compose(
        self, notification: CustomerNotification, subject: Any, portal_settings: PortalSettings, language: str
    ) -> Composed:
        """Write the links: one for each account that has the address, with its user name."""
        links = _links(subject)
        context: dict[str, Any] = {
            "company": portal_settings.company_name,
            "minutes": _minutes(),
            "username": links[0][0],
            "several": len(links) > 1,
        }
        paragraphs = self._render("body", context).split("\n\n")
        if len(links) > 1:
            paragraphs[1:1] = [f"{name}:\n{link}" for name, link in links]
        return Composed(
            subject=self._render("subject", context),
            paragraphs=paragraphs,
            sms="",
            button=None if len(links) > 1 else (_("Choose a new password"), links[0][1]),
            links=[link for _name, link in links],
        )

    def values(
        self, notification: CustomerNotification, subject: Any, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        """Return none if several accounts have the address: one link would leave the others out."""
        links = _links(subject)
        if len(links) != 1:
            return {}
        own = {"username": links[0][0], "link": links[0][1], "minutes": str(_minutes())}
        return common_values(notification, portal_settings, language) | own

    def examples(self, search: str, now: dt.datetime) -> list[tuple[str, str]]:
        return MADE_UP_MESSAGE

    def example(self, key: str, channel: str, portal_settings: PortalSettings, now: dt.datetime) -> Example:
        arguments = {"uidb36": "x", "key": f"{'x' * 6}-{'x' * 32}"}
        return made_up(self.event, channel, MadeUpReset([("anna.example", _address(arguments))]))

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()


def _who_signs_in_with(address: str) -> list[User]:
    """Return the users whom the sign-in page would accept for this address, by user name."""
    found: list[User] = filter_users_by_email(address, prefer_verified=True, for_login=True)
    return sorted(found, key=lambda user: user.username)


def _able(users: list[User]) -> list[User]:
    return [user for user in users if user.is_active and user.has_usable_password()]


def _why_nobody(users: list[User]) -> Reason | None:
    if not users:
        return Reason.UNKNOWN_ADDRESS
    if not any(user.is_active for user in users):
        return Reason.INACTIVE_USER
    return None if _able(users) else Reason.NO_PASSWORD


def _name_the_contact(notification: CustomerNotification, users: list[User]) -> None:
    """If it is one person's, note the contact: the message is then in their language and found under their name."""
    if len(users) == 1 and notification.contact is None:
        notification.contact = Contact.objects.filter(portal_user=users[0]).order_by("created_at").first()
        notification.save(update_fields=["contact"])


def _links(subject: Any) -> list[tuple[str, str]]:
    """Return links that are made now, by user name."""
    if isinstance(subject, MadeUpReset):
        return subject.links
    return [(user.username, _link(user)) for user in _able(_who_signs_in_with(subject.to))]


def _minutes() -> int:
    return int(django_settings.PASSWORD_RESET_TIMEOUT // 60)


def _link(user: User) -> str:
    return _address({"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)})


def _address(arguments: dict[str, str]) -> str:
    return str(django_settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=arguments))
