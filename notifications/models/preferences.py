"""Preferences of each staff user: how toasts behave, which staff cards they get, which records are muted."""

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Self

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import User
from notifications import stamps


class ToastTime(models.TextChoices):
    """How long a toast stays (WCAG 2.2.1: the reader sets the time)."""

    DEFAULT = "default", _("As the settings say")
    LONGER = "longer", _("Three times as long")
    STAYS = "stays", _("Until I dismiss it")
    OFF = "off", _("No toasts")


class InAppPreferences(models.Model):
    """One user's choices; without a row the defaults apply."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="in_app_preferences")
    toast_time = models.CharField(_("toasts"), max_length=7, choices=ToastTime.choices, default=ToastTime.DEFAULT)
    #: Kinds of staff cards that this user does not want; what people send always comes.
    unwanted_kinds = models.JSONField(_("not wanted"), default=list, blank=True)

    class Meta:
        verbose_name = _("in-app preferences")
        verbose_name_plural = _("in-app preferences")

    def __str__(self) -> str:
        return str(self.user)

    @classmethod
    def of(cls, user: User) -> "InAppPreferences":
        """Return a user's choices, or the defaults; writes nothing."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    @classmethod
    @transaction.atomic
    def choose(cls, user: User, *, toast_time: str, unwanted_kinds: Iterable[str]) -> None:
        """Save a user's choices; their open pages follow with the next poll."""
        wanted = {"toast_time": toast_time, "unwanted_kinds": sorted(unwanted_kinds)}
        cls.objects.update_or_create(user=user, defaults=wanted)
        transaction.on_commit(partial(stamps.touch, [user.pk]))


class MuteQuerySet(models.QuerySet["Mute"]):
    """Reads of mutes."""

    def about(self, record: models.Model) -> Self:
        """Return the mutes of one record."""
        return self.filter(regarding_type=ContentType.objects.get_for_model(record), regarding_id=record.pk)


class Mute(models.Model):
    """One user's wish for no more staff cards about one record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="in_app_mutes")
    regarding_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    regarding_id = models.UUIDField()
    since = models.DateTimeField(default=timezone.now)

    objects = MuteQuerySet.as_manager()

    class Meta:
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        constraints = [
            models.UniqueConstraint(fields=["user", "regarding_type", "regarding_id"], name="one_mute_per_record")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.regarding_id}"

    @classmethod
    def mute(cls, user: User, regarding_type: ContentType, regarding_id: uuid.UUID) -> bool:
        """Give a user no more staff cards about a record; returns whether that is new."""
        return cls.objects.get_or_create(user=user, regarding_type=regarding_type, regarding_id=regarding_id)[1]

    @classmethod
    def unmute(cls, user: User, pk: uuid.UUID) -> bool:
        """Delete a user's own mute; returns whether there was one."""
        return bool(cls.objects.filter(user=user, pk=pk).delete()[0])
