"""Tokens by which programs sign in to the Web API in the name of a user: stored hashed, named, expiring, revocable."""

import datetime as dt
import hashlib
import secrets
import uuid

from django.conf import settings
from django.core.cache import cache
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib.compression import no_compression
from fsportal.lib.text import validate_no_control
from fsportal.models.audit import AuditEntry
from fsportal.models.users import User

#: Lets people and secret scanners recognise a token that has leaked.
PREFIX = "fsp_"
SECRET_BYTES = 32  # 256 bits cannot be guessed, so a plain hash without salt is enough
LONGEST_LIFE = 3650  # days
HOUR = dt.timedelta(hours=1)


class ApiToken(models.Model):
    """One token of one user. Its text is shown once, when it is made; only its hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(
        _("name"), max_length=100, validators=[validate_no_control], help_text=_("What uses it, for example ERP.")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(_("ends in"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    #: To the hour: enough to see that a token is still in use, too little to follow anybody's day.
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "-created_at"], name="api_token_of_user")]

    def __str__(self) -> str:
        return f"{self.name} …{self.last_four}"

    # --- Verbs ------------------------------------------------------------------------------------------------------
    @classmethod
    def issue(cls, user: User, name: str, *, days: int, by: User | None = None) -> "tuple[ApiToken, str]":
        """Make a token and return it with its text, which cannot be read again later."""
        no_compression()
        text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        with transaction.atomic():
            token = cls.objects.create(
                user=user,
                name=name,
                digest=digest(text),
                last_four=text[-4:],
                created_by=by,
                expires_at=timezone.now() + dt.timedelta(days=days),
            )
            AuditEntry.note(token, "token created", by=by, why=name)
        return token, text

    def revoke(self, *, by: User | None = None) -> None:
        with transaction.atomic():
            if ApiToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()):
                AuditEntry.note(self, "token revoked", by=by, why=self.name)
        self.refresh_from_db(fields=["revoked_at"])

    @classmethod
    def of(cls, text: str) -> "ApiToken | None":
        """Return the token with this text and its user; None if it is expired or revoked, or the user is inactive."""
        now = timezone.now()
        live = cls.objects.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)
        return live.select_related("user").filter(digest=digest(text)).first()

    # --- Last use ---------------------------------------------------------------------------------------------------
    def note_use(self, now: dt.datetime, *, is_read: bool) -> None:
        """Note a use at `now` (aware), to the hour.

        A GET writes no row, so its uses wait in the cache until the next write or the daily clean-up.
        """
        hour = now.replace(minute=0, second=0, microsecond=0)
        if is_read:
            self._remember(hour)
        elif self.last_used_at is None or self.last_used_at < hour:
            self._store(hour)

    def _remember(self, hour: dt.datetime) -> None:
        if cache.get(self._key) != hour:
            cache.set(self._key, hour, timeout=30 * 24 * 3600)

    def _store(self, hour: dt.datetime) -> None:
        older = Q(last_used_at=None) | Q(last_used_at__lt=hour)
        ApiToken.objects.filter(older, pk=self.pk).update(last_used_at=hour)

    @property
    def _key(self) -> str:
        return f"api-token:{self.pk.hex}:used"

    @property
    def last_use(self) -> dt.datetime | None:
        """Return the hour of the last use, or None. While the cache is away it may have been later."""
        return max((moment for moment in (self.last_used_at, cache.get(self._key)) if moment), default=None)

    @classmethod
    def keep_last_uses(cls) -> None:
        """Store the last uses that only the cache knows. Harmless when repeated."""
        for token in cls.objects.filter(revoked_at=None, expires_at__gt=timezone.now()).iterator():
            if (hour := token.last_use) is not None and hour != token.last_used_at:
                token._store(hour)  # noqa: SLF001  (a row of this class)

    @property
    def works(self) -> bool:
        """Tell whether it opens anything now."""
        return self.revoked_at is None and timezone.now() < self.expires_at


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
