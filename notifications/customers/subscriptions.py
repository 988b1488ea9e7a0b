"""A contact's messages on one channel, and the link that stops them."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from fsportal.lib import masks
from fsportal.lib.compression import no_compression
from fsportal.lib.phones import masked
from fsportal.models import Contact
from fsportal.models.consent import Channel

UNSUBSCRIBE_SALT = "notifications.unsubscribe"


@dataclass(frozen=True)
class Subscription:
    contact: Contact
    channel: Channel

    @classmethod
    def of(cls, token: str) -> "Subscription | None":
        """Return the subscription that a link's token names, or None if it is forged or the contact is gone."""
        try:
            named = _signer().unsign_object(token)
            contact = Contact.objects.filter(pk=uuid.UUID(named["contact"])).first()
            return cls(contact, Channel(named["channel"])) if contact else None
        except (signing.BadSignature, ValueError, KeyError, TypeError):
            return None

    @property
    def unsubscribe_link(self) -> str:
        """Return the link that stops these messages. It never expires, and needs no sign-in (RFC 8058)."""
        no_compression()
        token = _signer().sign_object({"contact": str(self.contact.pk), "channel": self.channel})
        return settings.SITE_URL + reverse("unsubscribe", args=[token])

    @property
    def can_choose(self) -> bool:
        """Tell whether the contact has an account, in which they choose single messages."""
        return self.contact.portal_user_id is not None

    @property
    def address(self) -> str:
        """Return the masked address: its owner recognizes it, nobody else learns it."""
        if self.channel == Channel.SMS:
            return masked(self.contact.mobile_phone)
        return masks.email(self.contact.email)


def _signer() -> signing.Signer:
    return signing.Signer(salt=UNSUBSCRIBE_SALT)
