"""One change for many bookings, done by the worker row by row: what was asked for, and what became of each row."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from fsportal.models import User


class BulkVerb(models.TextChoices):
    ASSIGN = "assign", _("Assign")
    MOVE = "move", _("Move by days")
    CANCEL = "cancel", _("Cancel")
    COMPLETE = "complete", _("Complete")
    TELL = "tell", _("Tell now")
    WRITE = "write", _("Write to the customers")


class BulkOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    UNCHANGED = "unchanged", _("Was so already")
    REFUSED = "refused", _("Left as it was")
    STOPPED = "stopped", _("Stopped before its turn")


class BulkChange(models.Model):
    """`terms` are the verb's: days, resource (id), why, quiet, despite. A worker holds it until `held_until`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verb = models.CharField(_("what"), max_length=10, choices=BulkVerb.choices)
    terms = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    chosen_at = models.DateTimeField(_("chosen"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    total = models.PositiveIntegerField(_("bookings"), default=0)
    held_until = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    #: How long a choice waits for somebody to start it.
    DRAFT_KEPT_FOR = dt.timedelta(days=1)
    #: The bookings' own stories hold what was done.
    KEPT_FOR = dt.timedelta(days=90)

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering = ["-chosen_at"]
        indexes = [
            models.Index(fields=["started_at"], name="bulk_change_open", condition=models.Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.total}"

    @classmethod
    @transaction.atomic
    def choose(cls, verb: str, bookings: Sequence[Booking], *, by: User | None) -> "BulkChange":
        """Store which bookings are meant, as they were read. Nothing is done before `start`."""
        made = cls.objects.create(verb=verb, by=by, total=len(bookings))
        rows = [
            BulkRow(bulk_change=made, booking=booking, revision=booking.revision, number=number)
            for number, booking in enumerate(bookings, start=1)
        ]
        BulkRow.objects.bulk_create(rows, batch_size=500)
        return made

    def start(self, terms: dict[str, Any]) -> bool:
        """Let the worker do it; False if it was started before."""
        fresh = type(self).objects.filter(pk=self.pk, started_at=None)
        return bool(fresh.update(started_at=timezone.now(), terms=terms))

    def stop(self) -> bool:
        """Let the worker do no further row; return whether that is new. What is done stays done."""
        return bool(
            type(self).objects.filter(pk=self.pk, finished_at=None, stopped_at=None).update(stopped_at=timezone.now())
        )

    @classmethod
    def old(cls, now: dt.datetime) -> models.Q:
        """Return which are let go: what was chosen and not started for a day, and all after three months."""
        draft = models.Q(started_at=None, chosen_at__lt=now - cls.DRAFT_KEPT_FOR)
        return draft | models.Q(chosen_at__lt=now - cls.KEPT_FOR)

    def take(self, now: dt.datetime, until: dt.datetime) -> bool:
        """Keep other workers from it until then; False if one has it."""
        free = models.Q(held_until=None) | models.Q(held_until__lte=now)
        return bool(type(self).objects.filter(free, pk=self.pk, finished_at=None).update(held_until=until))


class BulkRow(models.Model):
    """One booking of a bulk change. `revision` is the booking's when it was chosen: one changed since is left alone."""

    bulk_change = models.ForeignKey(BulkChange, models.CASCADE, related_name="rows")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="+", verbose_name=_("booking"))
    revision = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    outcome = models.CharField(_("result"), max_length=10, choices=BulkOutcome.choices, default=BulkOutcome.WAITING)
    #: Why it was left as it was.
    said = models.CharField(_("why"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("row of a bulk change")
        verbose_name_plural = _("rows of bulk changes")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["bulk_change", "booking"], name="one_bulk_row_per_booking")]
        indexes = [models.Index(fields=["bulk_change", "outcome", "number"], name="bulk_row_waiting")]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"
