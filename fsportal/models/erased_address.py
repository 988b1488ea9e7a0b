"""Opt-outs and invites of erased people, kept under a keyed hash of the address and nothing else."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib.text import folded

OPT_OUT = "opt-out:"
INVITED = "invited"
CHUNK = 500


class ErasedAddress(models.Model):
    """One wish that still holds for an address that no contact has any more.

    When the address comes back, for example in a schedule file, the wish is stored with the new contact and this row is
    deleted. The hash is keyed with SECRET_KEY; otherwise anybody with a list of addresses could test each of them.
    """

    digest = models.CharField(max_length=64)
    #: "opt-out:<channel>", or INVITED if the automatic invite was sent to it.
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
        """Keep `what` for an address; returns whether it was new."""
        return cls.objects.get_or_create(digest=_digests(address)[0], what=what)[1]

    @classmethod
    def take(cls, addresses: Iterable[str], what: str) -> set[str]:
        """Return those of `addresses` that have `what`, and delete those rows, in the caller's transaction."""
        wanted = {address for address in addresses if address}
        if not wanted or not cls.objects.filter(what=what).exists():  # nearly always: one query and no more
            return set()
        by_digest = {digest: address for address in wanted for digest in _digests(address)}
        found: set[str] = set()
        for digests in _in_chunks(list(by_digest)):
            rows = cls.objects.filter(digest__in=digests, what=what)
            found |= {by_digest[digest] for digest in rows.values_list("digest", flat=True)}
            rows.delete()
        return found


def _in_chunks(digests: list[str]) -> Iterator[list[str]]:
    """Yield parts small enough for one query on every database."""
    return (digests[at : at + CHUNK] for at in range(0, len(digests), CHUNK))


def _digests(address: str) -> list[str]:
    """Return the hash of an address under each live key, the current key first."""
    text = folded(address).encode()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.new(b"fsportal.erased:" + key.encode(), text, hashlib.sha256).hexdigest() for key in keys]
