"""Calls of the Web API that a client may safely repeat because they had an Idempotency-Key."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class IdempotentCall(models.Model):
    """The response to one call, kept for a day: a repeated call does nothing and gets the same response.

    The row is written in the transaction of the action. So of two calls at once one waits for the other, and a failed
    call leaves no trace.
    """

    KEPT_FOR = dt.timedelta(hours=24)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    key = models.CharField(_("key"), max_length=255)
    #: SHA-256 of method, address and body.
    fingerprint = models.CharField(max_length=64)
    answer = models.TextField(default="")
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("repeatable call")
        verbose_name_plural = _("repeatable calls")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_call_per_user_and_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_call_age")]
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
