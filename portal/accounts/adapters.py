"""What django-allauth asks of us: who may come in, which address a client has, and how messages leave.

Accounts are made only by redeeming an invitation, and nothing is sent but through the outbox.
"""

import base64
import hashlib
import ipaddress
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib.text import one_line
from fsportal.lib.throttle import address_of
from fsportal.models import PortalSettings, User
from portal.models import SecurityNotice


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in by password, and everything around it."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for both: it must not tell what is known.
        "email_password_mismatch": gettext_lazy("Name and password do not go together. Check both, then try again."),
        "username_password_mismatch": gettext_lazy("Name and password do not go together. Check both, then try again."),
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait five minutes, then try again."),
        "incorrect_password": gettext_lazy("That is not your password. Try again."),
        "enter_current_password": gettext_lazy("That is not your password. Try again."),
        "incorrect_code": gettext_lazy("That code is not right, or no longer. Type the one that is shown now."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an account is made by redeeming an invitation (portal/invitations/), and in no other way."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address as the portal's own throttle sees it; all zeros when there is none.

        allauth itself counts IPv6 by its /64, as `client_of` does.
        """
        try:
            return str(ipaddress.ip_address(address_of(request)))
        except ValueError:
            return "0.0.0.0"  # noqa: S104  (an address to count and write down; nothing listens on it)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Name the ways to show once more who one is as our pages name them."""
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": words.get(method["id"], method["description"])} for method in methods]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to the overview of how one signs in."""
        return reverse("mfa_index")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Queue the notice that something about somebody's sign-in has changed."""
        SecurityNotice.tell(user, template_prefix.rpartition("/")[2])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Refuse: whatever allauth sends by itself would be in no log. No way that is open leads here."""
        raise NotImplementedError(f"{template_prefix} has no kind of message")


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in by an identity provider."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": gettext_lazy("Set a password first: without it you could not sign in any more."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Refuse somebody whom the provider knows and we do not; the page says how to come in."""
        return False


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Authenticator apps, passkeys and recovery codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("That code is not right, or no longer. Type the one that is shown now."),
    }

    def get_totp_issuer(self) -> str:
        """Return what an authenticator app shows above the code."""
        return one_line(PortalSettings.load().company_name, 60)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what a passkey is bound to: the host's name; and what the browser shows beside it."""
        return {**super().get_public_key_credential_rp_entity(), "name": self.get_totp_issuer()}

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002  (allauth's name)
        """Return the name that is offered for a new passkey."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}

    def encrypt(self, text: str) -> str:
        """Keep secrets of authenticators so that a dump of the database alone is no second factor."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a kept secret; when its key is gone, one that nothing matches."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # An empty secret would be one that everybody can count with.
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _fernet() -> MultiFernet:
    """Return the cipher under SECRET_KEY, and under those before it for what was kept then."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"portal.mfa:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
