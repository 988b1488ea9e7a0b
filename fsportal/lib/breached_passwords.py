"""Refuses passwords known from breaches elsewhere, by asking a service that speaks the range protocol.

The service (Have I Been Pwned, or a mirror of it) gets the first five digits of the password's SHA-1 and answers with
all endings it knows, so it never learns the password.
"""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pwned_passwords_django.api import PwnedPasswords
from pwned_passwords_django.validators import PwnedPasswordsValidator


class BreachedPasswordValidator(PwnedPasswordsValidator):  # type: ignore[misc]  # the package ships no types
    """Refuses what the service at BREACHED_PASSWORDS_URL knows; if it does not answer, what is on Django's list."""

    def __init__(self) -> None:
        client = PwnedPasswords()
        client.api_endpoint = settings.BREACHED_PASSWORDS_URL
        super().__init__(
            error_message=_("This password is known from a data breach elsewhere. Choose another one."),
            help_message=_("Your password must not be one that is known from a data breach."),
            api_client=client,
        )
