"""Adapters of django-allauth: who may come in, which address a client has, and how messages leave.

Accounts are made only by redeeming an invitation, and nothing is sent but through the outbox.
"""

import base64
import ipaddress
import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib import zones
from fsportal.lib.ciphers import cipher
from fsportal.lib.kept_choices import keep_in_cookie
from fsportal.lib.text import one_line
from fsportal.lib.throttle import address_of
from fsportal.models import Contact, PortalSettings, User
from portal.models import SecurityNotice
from portal.sign_in import trail
from portal.sign_in.landing import landing_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for both, so that it does not reveal which names exist.
        "email_password_mismatch": gettext_lazy("Name and password do not go together. Check both, then try again."),
        "username_password_mismatch": gettext_lazy("Name and password do not go together. Check both, then try again."),
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait five minutes, then try again."),
        "incorrect_password": gettext_lazy("That is not your password. Try again."),
        "enter_current_password": gettext_lazy("That is not your password. Try again."),
        "incorrect_code": gettext_lazy("That code is not right, or no longer. Type the one that is shown now."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: accounts are made only by redeeming an invitation (portal/invitations/)."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address as the portal's own throttle sees it, or all zeros if there is none.

        allauth itself counts IPv6 by its /64, as `client_of` does.
        """
        try:
            return str(ipaddress.ip_address(address_of(request)))
        except ValueError:
            return "0.0.0.0"  # noqa: S104  (an address to count and write down; nothing listens on it)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        trail.failed(credentials.get("username") or credentials.get("email") or "")

    def is_safe_url(self, url: str | None) -> bool:
        """Tell whether to lead on to `url`: on this site only. django-allauth would also take each of ALLOWED_HOSTS."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": words.get(method["id"], method["description"])} for method in methods]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where people land who did not want a certain page."""
        assert isinstance(request.user, User)
        return landing_of(request.user)

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Let staff and technicians go on in the language they chose, or remember the one they came in with.

        Customers have a language of their contact.
        """
        response: HttpResponse = super().post_login(request, user, **details)
        if user.language:
            keep_in_cookie(request, response, settings.LANGUAGE_COOKIE_NAME, user.language)
        elif not Contact.objects.filter(portal_user=user).exists():
            user.language = zones.supported_language(translation.get_language() or "")
            user.save(update_fields=["language"])
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        SecurityNotice.tell(user, template_prefix.rpartition("/")[2])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Raise: what allauth sends by itself would be missing from our log. No open page leads here."""
        raise NotImplementedError(f"{template_prefix} has no kind of message")


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": gettext_lazy("Set a password first: without it you could not sign in any more."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Refuse people whom the provider knows and we do not; the page says how to get an account."""
        return False


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("That code is not right, or no longer. Type the one that is shown now."),
    }

    def get_totp_issuer(self) -> str:
        return one_line(PortalSettings.load().company_name, 60)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return what a passkey is bound to (the host's name) and what the browser shows beside it."""
        return {**super().get_public_key_credential_rp_entity(), "name": self.get_totp_issuer()}

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002  (allauth's name)
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}

    def encrypt(self, text: str) -> str:
        """Encrypt an authenticator's secret, so that a dump of the database alone is not a second factor."""
        return cipher("portal.mfa").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; if its key is gone, a random one, which no code matches."""
        try:
            return cipher("portal.mfa").decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # With an empty secret anybody could compute the codes.
            return base64.b32encode(secrets.token_bytes(20)).decode()
