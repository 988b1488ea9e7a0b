"""One app notification to one staff user: the row that bell, toast, notification center and Web API read."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import AuditKind, User
from notifications import stamps

#: The lengths in Dataverse's table `appnotification`.
TITLE_LENGTH, BODY_LENGTH, DATA_LENGTH = 256, 500, 5000
LONGEST_TTL = 2_147_483_647
#: A dismissal can be undone for this long; then the clean-up deletes the row.
UNDO_FOR = dt.timedelta(seconds=60)


class Priority(models.IntegerChoices):
    """High priority comes first (App notifications page, *Setting the notification priority*)."""

    NORMAL = 200000000, _("Normal")
    HIGH = 200000001, _("High")


class IconType(models.IntegerChoices):
    """The predefined icons, and the sender's own (App notifications page, *Changing the notification icon*)."""

    INFO = 100000000, _("Info")
    SUCCESS = 100000001, _("Success")
    FAILURE = 100000002, _("Failure")
    WARNING = 100000003, _("Warning")
    MENTION = 100000004, _("Mention")
    CUSTOM = 100000005, _("Custom")


class ToastType(models.IntegerChoices):
    """Whether it appears for a moment, or only in the center.

    App notifications page, *Changing the notification behavior*.
    """

    TIMED = 200000000, _("Timed")
    HIDDEN = 200000001, _("Hidden")


class AppNotificationQuerySet(models.QuerySet["AppNotification"]):
    """Reads of in-app notifications."""

    def live(self, now: dt.datetime) -> Self:
        """Return those that have neither expired at `now` nor been dismissed."""
        return self.filter(dismissed_at=None, expires_at__gt=now)

    def awake(self, now: dt.datetime) -> Self:
        """Return those that are not snoozed at `now`."""
        return self.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))

    def unseen(self) -> Self:
        """Return those that their owner has not seen in the center yet."""
        return self.filter(seen_at=None)

    def for_toast(self) -> Self:
        """Return those that have yet to be shown as a toast."""
        return self.filter(toast_type=ToastType.TIMED, toasted_at=None, seen_at=None)

    def in_order(self) -> Self:
        """Order them as the center shows them: by priority, then by creation, both descending."""
        return self.order_by("-priority", "-created_on", "-id")


class AppNotification(models.Model):
    """A title, a body, an icon and actions for one user, until they dismiss it or it expires.

    `data` is the JSON text that API clients read and write; what is shown comes from the HTML columns, which are
    rendered from it once, when it is written.
    """

    audit_kind = AuditKind.MESSAGES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    body = models.CharField(_("body"), max_length=BODY_LENGTH, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="app_notifications", verbose_name=_("recipient")
    )
    priority = models.IntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    icon_type = models.IntegerField(_("icon"), choices=IconType.choices, default=IconType.INFO)
    toast_type = models.IntegerField(_("toast"), choices=ToastType.choices, default=ToastType.TIMED)
    ttl_in_seconds = models.PositiveIntegerField(_("expiry, seconds"))
    data = models.TextField(_("data"), max_length=DATA_LENGTH, blank=True)

    title_html = models.TextField(editable=False)
    body_html = models.TextField(editable=False, blank=True)

    created_on = models.DateTimeField(_("created on"), default=timezone.now)
    modified_on = models.DateTimeField(_("modified on"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    toasted_at = models.DateTimeField(_("shown as a toast"), null=True, editable=False)
    seen_at = models.DateTimeField(_("seen"), null=True, editable=False)
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, editable=False)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, editable=False)
    #: Of a staff card: who said that they are on it. The rows of all its recipients say the same.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("taken by"),
    )
    taken_at = models.DateTimeField(_("taken"), null=True, editable=False)
    #: Of a staff card: when the first of its recipients looked at it; in the rows of all of them.
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sender")
    )
    #: The kind of staff card ("booking_moved"); empty for those that people send.
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    regarding_type = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+")
    regarding_id = models.UUIDField(null=True)
    regarding = GenericForeignKey("regarding_type", "regarding_id")
    #: Identifies one call to many recipients, so that a repeated call is harmless.
    sending = models.UUIDField(default=uuid.uuid4, editable=False)

    objects = AppNotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("app notification")
        verbose_name_plural = _("app notifications")
        ordering = ["-priority", "-created_on", "-id"]
        # Django's view permission is Dataverse's Read at Basic level, its delete permission Delete at Global level.
        permissions = [
            ("send_appnotification", "Send In-App Notification"),
            ("view_local_appnotification", "Can view app notifications of the business unit (Local)"),
            ("view_deep_appnotification", "Can view app notifications of the business unit and those below (Deep)"),
            ("view_global_appnotification", "Can view everybody's app notifications (Global)"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sending", "owner"], name="one_app_notification_per_sending_and_owner"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="app_notification_priority_known"),
            models.CheckConstraint(condition=Q(icon_type__in=IconType.values), name="app_notification_icon_known"),
            models.CheckConstraint(condition=Q(toast_type__in=ToastType.values), name="app_notification_toast_known"),
            models.CheckConstraint(
                condition=Q(ttl_in_seconds__range=(1, LONGEST_TTL)), name="app_notification_lives_a_while"
            ),
        ]
        indexes = [
            models.Index(
                "owner",
                models.F("priority").desc(),
                models.F("created_on").desc(),
                models.F("id").desc(),
                name="app_notification_of_owner",
            ),
            # The badge is counted from this index alone.
            models.Index(
                fields=["owner", "expires_at", "snoozed_until"],
                name="app_notification_awake",
                condition=Q(seen_at=None, dismissed_at=None),
            ),
            models.Index(
                fields=["owner", "snoozed_until"],
                name="app_notification_snoozed",
                condition=Q(snoozed_until__isnull=False),
            ),
            models.Index(fields=["taken_at"], name="app_notification_taken", condition=Q(taken_at__isnull=False)),
            models.Index(fields=["taken_by"], name="app_notification_taken_by", condition=Q(taken_by__isnull=False)),
            models.Index(fields=["expires_at"], name="app_notification_expiry"),
            # The Settings area's list, newest first, and its counts by age.
            models.Index(fields=["created_on"], name="app_notification_created"),
            models.Index(
                fields=["regarding_id", "kind", "owner"],
                name="app_notification_regarding",
                condition=Q(regarding_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    # --- Verbs ------------------------------------------------------------------------------------------------------
    # On the owner's rows only; each returns the number of changed rows and is harmless if repeated.

    @classmethod
    def note_toasted(cls, user: User, ids: Iterable[uuid.UUID]) -> int:
        """Record that toasts were shown, so that they appear once, however many tabs are open."""
        return cls.objects.filter(owner=user, pk__in=list(ids), toasted_at=None).update(toasted_at=timezone.now())

    @classmethod
    def note_seen(cls, user: User, ids: Iterable[uuid.UUID]) -> int:
        """Record that the owner saw these in the center; the badge no longer counts them."""
        now = timezone.now()
        rows = cls.objects.filter(owner=user, pk__in=list(ids), seen_at=None)
        cls._note_opened(rows, now)
        return cls._changed(user, rows, seen_at=now)

    @classmethod
    def note_all_seen(cls, user: User, *, until: dt.datetime | None = None) -> int:
        """Record that the owner saw everything created up to `until` (aware; None means now)."""
        now = timezone.now()
        rows = cls.objects.filter(owner=user, seen_at=None, created_on__lte=until or now).awake(now)
        cls._note_opened(rows, now)
        return cls._changed(user, rows, seen_at=now)

    @classmethod
    def dismiss(cls, user: User, pk: uuid.UUID) -> int:
        """Dismiss one; this can be undone for UNDO_FOR."""
        now = timezone.now()
        rows = cls.objects.filter(owner=user, pk=pk, dismissed_at=None)
        cls._note_opened(rows, now)
        return cls._changed(user, rows, dismissed_at=now)

    @classmethod
    def dismiss_all(cls, user: User, *, until: dt.datetime) -> dt.datetime:
        """Dismiss everything created up to `until` (aware); returns the time by which to undo that.

        What arrives between showing the page and pressing the button stays.
        """
        mark = timezone.now()
        rows = cls.objects.live(mark).awake(mark).filter(owner=user, created_on__lte=until)
        cls._note_opened(rows, mark)
        cls._changed(user, rows, dismissed_at=mark)
        return mark

    @classmethod
    def undo(cls, user: User, *, dismissed: dt.datetime | None = None, pk: uuid.UUID | None = None) -> int:
        """Undo a dismissal within UNDO_FOR: of one row, or of all that were dismissed at one time."""
        recent = cls.objects.filter(owner=user, dismissed_at__gt=timezone.now() - UNDO_FOR)
        rows = recent.filter(pk=pk) if pk else recent.filter(dismissed_at=dismissed)
        return cls._changed(user, rows, dismissed_at=None)

    @classmethod
    def snooze(cls, user: User, pk: uuid.UUID, *, until: dt.datetime) -> int:
        """Hide one until a time (aware); then it comes back as new, with a toast."""
        now = timezone.now()
        rows = cls.objects.live(now).filter(owner=user, pk=pk)
        cls._note_opened(rows, now)
        return cls._changed(user, rows, snoozed_until=until, seen_at=None, toasted_at=None)

    @classmethod
    def wake(cls, user: User, pk: uuid.UUID) -> int:
        """Bring back one that is snoozed, as if its time had come."""
        return cls._changed(
            user, cls.objects.filter(owner=user, pk=pk, snoozed_until__isnull=False), snoozed_until=None
        )

    @classmethod
    def _note_opened(cls, rows: AppNotificationQuerySet, now: dt.datetime) -> None:
        """Record in the rows of all recipients that somebody looked at these staff cards.

        Not only in their own, which is deleted soon after they dismiss it.
        """
        cards: dict[str, list[uuid.UUID | None]] = {}
        for kind, pk in rows.exclude(kind="").filter(opened_at=None).values_list("kind", "regarding_id"):
            cards.setdefault(kind, []).append(pk)
        for kind, pks in cards.items():
            cls.objects.filter(kind=kind, regarding_id__in=pks, opened_at=None).update(opened_at=now)

    @classmethod
    def _changed(cls, user: User, rows: AppNotificationQuerySet, **values: object) -> int:
        changed = rows.update(**values)
        if changed:
            transaction.on_commit(partial(stamps.touch, [user.pk]))
        return changed

    @property
    def content(self) -> dict[str, Any]:
        """Return the content of `data`: title, body, iconUrl, actions; empty without any."""
        return json.loads(self.data) if self.data else {}


#: Rows per transaction, so that no delete holds SQLite's one write lock for long.
CHUNK = 2_000


def expire(now: dt.datetime, *, chunks: int = 50) -> int:
    """Delete rows that are expired or finally dismissed at `now` (aware), in at most `chunks`; returns how many.

    The center hides each on time; this only frees space. Harmless if repeated.
    """
    over = AppNotification.objects.filter(Q(expires_at__lte=now) | Q(dismissed_at__lt=now - UNDO_FOR))
    deleted = 0
    for _chunk in range(chunks):
        ids = list(over.order_by().values_list("pk", flat=True)[:CHUNK])
        if not ids:
            break
        with transaction.atomic():
            # Nothing refers to these rows, so no cascade has to be collected.
            deleted += AppNotification.objects.filter(pk__in=ids)._raw_delete(AppNotification.objects.db)  # noqa: SLF001
    return deleted
