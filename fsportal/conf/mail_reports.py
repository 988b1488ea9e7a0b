"""Reads what brings reports on email: the webhook of the mail provider, and a mailbox for email that comes back."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from fsportal.conf.environment import long_enough

#: anymail's setting for the key with which each provider signs; the others only know a user and a password.
SIGNING_KEYS = {
    "mailersend": "SIGNING_SECRET",
    "mailgun": "WEBHOOK_SIGNING_KEY",
    "mandrill": "WEBHOOK_KEY",
    "postal": "WEBHOOK_KEY",
    "resend": "SIGNING_SECRET",
    "sendgrid": "TRACKING_WEBHOOK_VERIFICATION_KEY",
}
#: Signs with the key that it is sent by.
SIGNS_WITH_API_KEY = ("unisender_go",)
#: anymail has no webhook for it.
WITHOUT_WEBHOOK = ("scaleway",)
IMAP_SCHEMES = {"imaps": 993, "imap+tls": 143, "imap": 143}
EXAMPLE = "write imaps://user:password@mail.example.com/INBOX, or imap+tls://… (STARTTLS)"


def webhook_settings(email_settings: dict[str, object], secret: str, key: str) -> dict[str, object]:
    """Return anymail's settings with ANYMAIL_WEBHOOK_SECRET (user:password) and ANYMAIL_WEBHOOK_KEY.

    Raises ImproperlyConfigured saying what to write, without repeating the values.
    """
    kept = email_settings.get("ANYMAIL", {})
    anymail: dict[str, object] = dict(kept) if isinstance(kept, dict) else {}
    provider = provider_of(email_settings)
    if (secret or key) and not provider:
        raise ImproperlyConfigured(
            "ANYMAIL_WEBHOOK_SECRET and ANYMAIL_WEBHOOK_KEY are for EMAIL_URL=anymail+<provider>://…; remove them"
        )
    if secret:
        user, _colon, password = secret.partition(":")
        if not user or not password:
            raise ImproperlyConfigured("ANYMAIL_WEBHOOK_SECRET cannot be read; write user:password")
        long_enough(secret, "ANYMAIL_WEBHOOK_SECRET")
        anymail["WEBHOOK_SECRET"] = secret
    if key:
        if provider not in SIGNING_KEYS:
            raise ImproperlyConfigured(
                f"ANYMAIL_WEBHOOK_KEY is not for {provider}, which has no such key; write ANYMAIL_WEBHOOK_SECRET"
            )
        anymail[f"{provider.upper()}_{SIGNING_KEYS[provider]}"] = key
    return anymail


def provider_of(email_settings: dict[str, object]) -> str:
    """Return anymail's name of the mail provider, such as amazon_ses; empty for SMTP."""
    backend = str(email_settings.get("EMAIL_BACKEND", ""))
    return backend.split(".")[2] if backend.startswith("anymail.backends.") else ""


def is_proved(provider: str, anymail: dict[str, object]) -> bool:
    """Tell whether the provider's webhook proves that it comes from it: one that does not must not be believed."""
    if provider in SIGNS_WITH_API_KEY or anymail.get("WEBHOOK_SECRET"):
        return True
    return provider in SIGNING_KEYS and bool(anymail.get(f"{provider.upper()}_{SIGNING_KEYS[provider]}"))


@dataclass(frozen=True)
class MailboxConfig:
    """The mailbox to which email comes back; empty if there is none."""

    scheme: str = ""
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"

    @property
    def described(self) -> str:
        """Return a description for the Settings area without user and password; empty if not connected."""
        return f"{self.scheme}://{self.host}:{self.port}/{self.folder}" if self.scheme else ""

    @property
    def uses_tls(self) -> bool:
        return self.scheme != "imap"


def mailbox_config(url: str) -> MailboxConfig:
    """Read BOUNCES_URL: `imaps://user:password@host[:port]/FOLDER`, or `imap+tls://` (STARTTLS).

    Raises ImproperlyConfigured saying what to write, without repeating the value, which holds a password.
    """
    if not url:
        return MailboxConfig()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"BOUNCES_URL cannot be read; {EXAMPLE}") from None
    folder = unquote(parts.path.removeprefix("/")) or "INBOX"
    if parts.scheme not in IMAP_SCHEMES or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"BOUNCES_URL cannot be read; {EXAMPLE}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not user or not password:
        raise ImproperlyConfigured(f"BOUNCES_URL has no user or password; {EXAMPLE}")
    if not all(text.isascii() and text.isprintable() for text in (user, password, folder)) or '"' in folder:
        raise ImproperlyConfigured(
            "BOUNCES_URL has characters in user, password or folder that IMAP does not take as they are; use plain ones"
        )
    return MailboxConfig(parts.scheme, parts.hostname, port or IMAP_SCHEMES[parts.scheme], user, password, folder)
