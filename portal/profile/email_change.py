"""Changing one's email address: a code is sent to the new one, and typing it proves that the customer reads it."""

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _

from fsportal.models import Contact, User
from fsportal.models.consent import Channel
from notifications.customers import outbox
from portal.models import OneTimeCode
from portal.models.one_time_code import LIVES_FOR, MOST_TRIES


def _purpose(contact: Contact) -> str:
    return f"email:{contact.pk}"


@dataclass(frozen=True)
class EmailChange:
    """A change that has begun: the contact, and the newest code, which knows the new address."""

    contact: Contact
    code: OneTimeCode

    @classmethod
    def begin(cls, contact: Contact, email: str) -> str:
        """Send a code to the new address; return its id. Says nothing of whether anybody else has the address."""
        return str(OneTimeCode.issue(_purpose(contact), Channel.EMAIL, to=email, language=contact.language).pk)

    @classmethod
    def pending(cls, contact: Contact, now: dt.datetime, begun: str) -> "EmailChange | None":
        """Return the change that is waiting for its code at `now`, if its code was asked for in this browser."""
        codes = OneTimeCode.objects.filter(purpose=_purpose(contact), created_at__gt=now - LIVES_FOR)
        newest = codes.order_by("-created_at").first()
        return cls(contact, newest) if newest and newest.used_at is None and str(newest.pk) == begun else None

    @property
    def email(self) -> str:
        return self.code.to

    def finish(self, typed: str, *, by: User, now: dt.datetime) -> str:
        """Change the address if `typed` is the code; returns "", or what was wrong in words."""
        if not self.code.redeem(typed, now):
            self.code.refresh_from_db()
            if self.code.tries >= MOST_TRIES:
                return _("That was tried too often. Ask for a new code.")
            return _("This is not the code. Look at the newest message that we sent to this address.")
        given_up = self._given_up(by)
        try:
            with transaction.atomic():
                self.contact.change_email(self.email, by=by)
                _sign_in_with(by, self.email)
                # Whoever had the account until now is told at the old address.
                for number, old in enumerate(given_up):
                    outbox.queue(
                        "email_changed",
                        contact=self.contact,
                        channels=["email"],
                        regarding=self.code,
                        revision=number,
                        to=old,
                    )
        except ValueError as error:
            return str(error)
        return ""

    def _given_up(self, by: User) -> list[str]:
        """Return the addresses that the new one replaces: the contact's, and the one that they sign in with.

        They are two where somebody is a contact of several accounts.
        """
        by_letters = {email.lower(): email for email in (by.email, self.contact.email) if email}
        return [email for letters, email in by_letters.items() if letters != self.email.lower()]


def _sign_in_with(user: User, email: str) -> None:
    """Keep only one address for signing in: a password reset must not go to a mailbox that was given up.

    It is the one of the user's own record; django-allauth's table of addresses would go before it, whatever an admin
    writes there later. Raises ValueError when somebody else has it.
    """
    if apps.is_installed("allauth.account"):
        addresses = apps.get_model("account", "EmailAddress")._default_manager
        if addresses.filter(email__iexact=email).exclude(user=user).exists():
            raise ValueError(_("Somebody else signs in with this address."))
        addresses.filter(user=user).delete()
