"""What an erased person wanted, kept without the person: a keyed hash of the address, and nothing else of them."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib.text import folded
from fsportal.models.consent import Channel, OptOut, OptOutSource

if TYPE_CHECKING:
    from fsportal.models.people import Contact

OPT_OUT = "opt-out:"
INVITED = "invited"
CHUNK = 500


class ErasedAddress(models.Model):
    """One thing that still holds for an address nobody here has any more.

    When the address comes back, as by a schedule file, it is kept in plain beside the new contact again and the row
    goes. The hash is keyed with SECRET_KEY, or everybody with a list of addresses could ask for each.
    """

    digest = models.CharField(max_length=64)
    #: "opt-out:<channel>", or INVITED: the automatic invite went to it.
    what = models.CharField(max_length=20)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("erased address")
        verbose_name_plural = _("erased addresses")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["digest", "what"], name="one_word_per_erased_address")]

    def __str__(self) -> str:
        return self.what

    @classmethod
    def keep(cls, address: str, what: str) -> bool:
        """Let something hold on for an address; returns whether that is new."""
        return cls.objects.get_or_create(digest=_digests(address)[0], what=what)[1]

    @classmethod
    def take(cls, addresses: Iterable[str], what: str) -> set[str]:
        """Return those of `addresses` for which it holds, and let go of the rows, in the caller's transaction."""
        wanted = {address for address in addresses if address}
        if not wanted or not cls.objects.filter(what=what).exists():  # nearly always: one look, and nothing more
            return set()
        by_digest = {digest: address for address in wanted for digest in _digests(address)}
        found: set[str] = set()
        for digests in _in_chunks(list(by_digest)):
            rows = cls.objects.filter(digest__in=digests, what=what)
            found |= {by_digest[digest] for digest in rows.values_list("digest", flat=True)}
            rows.delete()
        return found

    @classmethod
    def renew_opt_outs(cls, contacts: "Iterable[Contact]") -> None:
        """Let contacts whose address is back be sent as little as before, in the caller's transaction.

        Harmless when repeated.
        """
        made = list(contacts)
        for channel in Channel:
            back = cls.take([contact.address_on(channel) for contact in made], f"{OPT_OUT}{channel}")
            for contact in made:
                if contact.address_on(channel) in back:
                    OptOut.objects.get_or_create(
                        contact=contact, channel=channel, ended_at=None, defaults={"how": OptOutSource.BEFORE}
                    )


def _in_chunks(digests: list[str]) -> Iterator[list[str]]:
    """Return them in parts that every database takes in one query."""
    return (digests[at : at + CHUNK] for at in range(0, len(digests), CHUNK))


def _digests(address: str) -> list[str]:
    """Return the hash of an address under each live key, the present one first."""
    text = folded(address).encode()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.new(b"fsportal.erased:" + key.encode(), text, hashlib.sha256).hexdigest() for key in keys]
