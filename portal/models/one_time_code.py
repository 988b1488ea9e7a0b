"""One-time codes: six digits to a contact's own email or phone, which prove that the person at the screen is them."""

import datetime as dt
import hashlib
import hmac
import unicodedata
import uuid

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact
from fsportal.models.consent import Channel
from notifications.customers import outbox

DIGITS = 6
LIVES_FOR = dt.timedelta(minutes=10)
MOST_TRIES = 5


class OneTimeCode(models.Model):
    """One code, for one purpose, to one address. Its digits are derived from the row, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: What it is good for, with the record it is about: "visit:<code's public id>", "redeem:<invitation's id>".
    purpose = models.CharField(max_length=80)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="+", verbose_name=_("contact"))
    #: Where it goes if no contact is known yet.
    to = models.CharField(_("to"), max_length=254, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        indexes = [models.Index(fields=["purpose", "-created_at"], name="one_time_code_newest")]

    def __str__(self) -> str:
        return f"{self.purpose.partition(':')[0]}, {self.channel}"

    @classmethod
    @transaction.atomic
    def issue(
        cls, purpose: str, channel: str, *, contact: Contact | None = None, to: str = "", language: str = ""
    ) -> "OneTimeCode":
        """Make a code and queue its message: to `contact` on `channel`, or to an address (`to`) that is not known yet.

        Callers limit how often (a Throttle): each call is a message.
        """
        code = cls.objects.create(purpose=purpose, channel=channel, contact=contact, to=to)
        outbox.queue("one_time_code", contact=contact, channels=[channel], regarding=code, to=to, language=language)
        return code

    @property
    def ends_at(self) -> dt.datetime:
        """Return the moment from which it no longer works (UTC)."""
        return self.created_at + LIVES_FOR

    @property
    def digits(self) -> str:
        return self._digits(settings.SECRET_KEY)

    def _digits(self, key: str) -> str:
        message = f"{self.id}:{self.purpose}".encode()
        digest = hmac.new(b"portal.one-time-code:" + key.encode(), message, hashlib.sha256).digest()
        return str(int.from_bytes(digest[:8], "big") % 10**DIGITS).zfill(DIGITS)

    def redeem(self, typed: str, now: dt.datetime) -> bool:
        """Tell whether `typed` is the code, and use it up if so. Every call is a try; after five none is right.

        Spaces and dashes in what was typed are forgiven. Counting comes before comparing and is one conditional
        UPDATE, so that a hundred tries at once are still five guesses.
        """
        open_row = type(self).objects.filter(
            pk=self.pk, used_at=None, tries__lt=MOST_TRIES, created_at__gt=now - LIVES_FOR
        )
        if not open_row.update(tries=F("tries") + 1):
            return False
        # Phones of some countries type digits of their own script.
        given = "".join(str(unicodedata.digit(mark)) for mark in typed if mark.isdigit()).encode()
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        matches = [hmac.compare_digest(self._digits(key).encode(), given) for key in keys]
        if not any(matches):
            return False
        return bool(type(self).objects.filter(pk=self.pk, used_at=None).update(used_at=now))
