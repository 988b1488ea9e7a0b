"""The audit trail: who did what to which record, what it was before and after, from where, and why."""

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fsportal.lib import origin
from fsportal.lib.changes import bounded
from fsportal.lib.origin import WayIn
from fsportal.models.audit_words import in_words

logger = logging.getLogger("fsportal.audit")

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class AuditKind(models.TextChoices):
    """What an entry is about, coarsely. A model says its own as `audit_kind`."""

    SIGN_IN = "sign_in", _("Sign-in and refusals")
    RIGHTS = "rights", _("Users, roles and tokens")
    SETTINGS = "settings", _("Settings")
    LINKS = "links", _("Codes, links and invitations")
    MESSAGES = "messages", _("Messages and templates")
    PERSONAL_DATA = "personal", _("Consent and personal data")
    RECORDS = "records", _("Other records")


#: Of models that cannot say it themselves: Django's own, and those below this module.
KINDS = {
    "auth.group": AuditKind.RIGHTS,
    "fsportal.user": AuditKind.RIGHTS,
    "fsportal.businessunit": AuditKind.RIGHTS,
    "fsportal.apitoken": AuditKind.RIGHTS,
    "fsportal.portalsettings": AuditKind.SETTINGS,
}


def kind_of(model: type[models.Model]) -> AuditKind:
    return getattr(model, "audit_kind", None) or KINDS.get(model._meta.label_lower, AuditKind.RECORDS)


class AuditEntry(models.Model):
    """One entry, about one record or none. Never changed but for counts, never holds a secret."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    #: Its index is audit_by_whom.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    #: As they were called then; it outlives the user.
    by_name = models.CharField(_("by, by name"), max_length=200, blank=True, default="", db_default="")
    action = models.CharField(_("action"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=AuditKind.choices, blank=True, default="", db_default="")
    why = models.CharField(_("why"), max_length=500, blank=True)
    subject_type = models.ForeignKey(
        ContentType, models.CASCADE, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("record")
    )
    subject_id = models.CharField(max_length=36)
    subject = GenericForeignKey("subject_type", "subject_id")
    #: As it was called then; it outlives the record.
    subject_name = models.CharField(_("record, by name"), max_length=200, blank=True, default="", db_default="")
    #: {field: [before, after]}; of several related records only what went and what came.
    changes = models.JSONField(_("changes"), blank=True, default=dict, db_default={})
    way = models.CharField(_("way in"), max_length=10, choices=WayIn.choices, blank=True, default="", db_default="")
    #: Of an API token, a task or a command.
    way_name = models.CharField(_("through"), max_length=100, blank=True, default="", db_default="")
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    #: How often, of what is counted on one row, and when it was for the last time.
    number = models.PositiveIntegerField(_("number"), default=1, db_default=1)
    last_at = models.DateTimeField(_("last"), null=True, blank=True)
    #: What is counted on one row: the same action, client and record in the same hour or day.
    bundle = models.CharField(max_length=40, null=True, editable=False)  # noqa: DJ001  (unique, unless there is none)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-at", "-id"], name="audit_of_subject"),
            models.Index(fields=["subject_type", "-at", "-id"], name="audit_by_record"),
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_by_kind"),
            models.Index(fields=["by", "-at", "-id"], name="audit_by_whom", condition=models.Q(by__isnull=False)),
            models.Index(
                fields=["address", "-at", "-id"], name="audit_by_address", condition=models.Q(address__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["bundle"], name="audit_bundle_once", condition=models.Q(bundle__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.action

    # --- Writing ----------------------------------------------------------------------------------------------------
    @classmethod
    def note(
        cls,
        subject: models.Model | None,
        action: str,
        *,
        by: Any = None,
        why: str = "",
        changes: Mapping[str, Sequence[Any]] | None = None,
        kind: str = "",
    ) -> "AuditEntry":
        """Write one entry; `by` is the user, or None for the system or the customer.

        `changes` is {field: [before, after]}; see fsportal/lib/changes.py for what is kept of it.
        """
        entry = cls._made(subject, action, by=by, why=why, kind=kind)
        entry.changes = bounded(changes)
        entry.save(force_insert=True)
        origin.present().noted.append(entry)
        transaction.on_commit(entry.say)
        return entry

    @classmethod
    def note_of_list(cls, model: type[models.Model], action: str, *, by: Any, why: str) -> "AuditEntry":
        """Write one entry about a list of records, such as that it was exported."""
        entry = cls._made(None, action, by=by, why=why, kind=kind_of(model))
        entry.subject_type = ContentType.objects.get_for_model(model)
        entry.save(force_insert=True)
        transaction.on_commit(entry.say)
        return entry

    @classmethod
    def note_all(cls, subjects: Sequence[models.Model], action: str) -> None:
        """Write one entry about each of `subjects`, all of one model, for something the system did."""
        if subjects:
            AuditEntry.objects.bulk_create([cls._made(one, action) for one in subjects])
            what, number = subjects[0]._meta.label_lower, len(subjects)
            transaction.on_commit(lambda: logger.info("audit: %s, %d of %s", action, number, what))

    @classmethod
    def count(
        cls,
        action: str,
        *,
        subject: models.Model | None = None,
        by: Any = None,
        why: str = "",
        of: str = "",
        kind: str = AuditKind.SIGN_IN,
    ) -> None:
        """Note what somebody may do without end, such as guessing: one statement, and one row an hour.

        The row is that of the client's address, the action and the record; `of` tells further ones apart. So nobody
        fills the table, and a refusal of an unknown name is as much work as that of a known one.
        """
        entry = cls._made(subject, action, by=by, why=why, kind=kind)
        entry.bundle_by(of, HOUR)
        entry.insert_or(f"number = {cls._meta.db_table}.number + 1, last_at = excluded.at")
        entry.say()

    @classmethod
    def note_first(
        cls, subject: models.Model, action: str, *, of: str, by: Any = None, kind: str = AuditKind.SIGN_IN
    ) -> None:
        """Note the first time on a day (UTC) that a client does this; of `of` in place of the client's address."""
        entry = cls._made(subject, action, by=by, kind=kind)
        entry.bundle_by(of, DAY)
        if entry.insert_or(""):
            entry.say()

    @classmethod
    def _made(
        cls, subject: models.Model | None, action: str, *, by: Any = None, why: str = "", kind: str = ""
    ) -> "AuditEntry":
        from_where = origin.present()
        entry = cls(
            at=timezone.now(),
            by=by,
            by_name=name_of(by)[:200] if by else "",
            action=action[:60],
            kind=kind or (kind_of(subject._meta.model) if subject else AuditKind.SIGN_IN),
            why=why[:500].replace("\0", ""),
            way=from_where.way,
            way_name=from_where.name[:100],
            address=from_where.address,
        )
        if subject is not None:
            entry.subject_type = ContentType.objects.get_for_model(subject)
            entry.subject_id = str(subject.pk)
            entry.subject_name = name_of(subject)[:200]
        return entry

    def bundle_by(self, of: str, span: dt.timedelta) -> None:
        slot = int(self.at.timestamp() // span.total_seconds())
        what = (self.action, self.subject_type_id, self.subject_id, of or origin.present().client, span, slot)
        self.bundle = hashlib.sha256(repr(what).encode()).hexdigest()[:40]

    def insert_or(self, otherwise: str) -> bool:
        """Insert, or do `otherwise` to the row of the bundle; return whether a row was written.

        Django's own way cannot add to what is there.
        """
        fields = [one for one in self._meta.concrete_fields if not one.primary_key]
        table, columns = self._meta.db_table, ", ".join(one.column for one in fields)
        places = ", ".join(["%s"] * len(fields))
        what = f"UPDATE SET {otherwise}" if otherwise else "NOTHING"
        statement = (
            f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608  (names of our own columns)
            f" ON CONFLICT (bundle) WHERE bundle IS NOT NULL DO {what} RETURNING id"
        )
        values = [one.get_db_prep_save(getattr(self, one.attname), connection) for one in fields]
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone() is not None

    def say(self) -> None:
        """Write it into the log, as one line without names: those are in the audit trail."""
        said = {
            "why": self.why if self.kind == AuditKind.SIGN_IN else "",
            "about": f"{self.subject_type.app_label}.{self.subject_type.model}/{self.subject_id}"
            if self.subject_type
            else "",
            "by": self.by_id or "",
            "from": self.address or "",
            "way": f"{self.way} {self.way_name}".strip(),
        }
        facts = ", ".join(f"{name}={value}" for name, value in said.items() if value)
        # Whoever types a command reads what it prints; the demo company makes hundreds of entries.
        logger.log(logging.DEBUG if self.way == WayIn.COMMAND else logging.INFO, "audit: %s; %s", self.action, facts)

    # --- Reading ----------------------------------------------------------------------------------------------------
    @classmethod
    def of(cls, subject: models.Model) -> models.QuerySet["AuditEntry"]:
        kind = ContentType.objects.get_for_model(subject)
        return cls.objects.filter(subject_type=kind, subject_id=str(subject.pk)).select_related("by")

    @property
    def by_whom(self) -> str:
        """Return who did it, by their name at that time; entries without a user are the system's or a customer's."""
        if self.by_name or self.by_id:
            return self.by_name or str(self.by)
        return gettext("Not signed in") if self.address else gettext("System")

    @property
    def changes_in_words(self) -> list[tuple[str, str]]:
        """Return each field that was changed, as people call it, with what was before and after."""
        # By the cache of content types: a page shows many entries.
        key = self.subject_type_id if self.changes else None
        model = ContentType.objects.get_for_id(key).model_class() if key is not None else None
        return in_words(model, self.changes)

    @classmethod
    def sign_ins_of(cls, user: models.Model) -> models.QuerySet["AuditEntry"]:
        """Return how a user signed in, out, failed, was limited or refused, and changed how; the newest first."""
        return cls.of(user).filter(kind=AuditKind.SIGN_IN)


def name_of(record: models.Model) -> str:
    """Return what a record is called, in English. `audit_name` is for those whose name would ask the database."""
    with translation.override("en"):
        return str(getattr(record, "audit_name", "") or record).replace("\0", "")
