"""Outages of a channel's provider: while one lasts, a single message every half minute asks whether it is over."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models.consent import Channel

#: Failures in a row from which the provider counts as down; a single one may be a hiccup.
DOWN_AFTER = 3
PROBE_EVERY = dt.timedelta(seconds=30)
#: However long the provider asks to be left alone.
LONGEST_WAIT = dt.timedelta(hours=1)


class ChannelOutage(models.Model):
    """Failures in a row of one channel's provider. The row is deleted by the next message that is accepted.

    It is in the database, so that several machines count together and ask once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices, unique=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    since = models.DateTimeField(_("since"), default=timezone.now)
    next_probe_at = models.DateTimeField(_("next try"), default=timezone.now)
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("outage of a channel")
        verbose_name_plural = _("outages of channels")

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.detail}"

    @property
    def is_down(self) -> bool:
        return self.failures >= DOWN_AFTER

    @classmethod
    def down(cls) -> models.QuerySet["ChannelOutage"]:
        return cls.objects.filter(failures__gte=DOWN_AFTER)

    @classmethod
    def note_failure(cls, channel: str, detail: str, now: dt.datetime, wait: float = 0) -> "ChannelOutage":
        """Count a failure; `wait` is how many seconds the provider asks to be left alone."""
        cls.objects.get_or_create(channel=channel, defaults={"since": now})
        next_probe_at = now + max(PROBE_EVERY, min(dt.timedelta(seconds=wait), LONGEST_WAIT))
        cls.objects.filter(channel=channel).update(
            failures=F("failures") + 1, detail=detail[:300], next_probe_at=next_probe_at
        )
        return cls.objects.get(channel=channel)

    def take_probe(self, now: dt.datetime) -> bool:
        """Tell whether to try one message now. If so, nobody else does for half a minute."""
        # A probe far ahead was timed before the clock was set back.
        if now < self.next_probe_at <= now + LONGEST_WAIT:
            return False
        mine = type(self).objects.filter(pk=self.pk, next_probe_at=self.next_probe_at)
        return bool(mine.update(next_probe_at=now + PROBE_EVERY))
