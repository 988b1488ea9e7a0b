"""The history of a booking: every change with who made it, how it came in, and why."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.status import BookingStatus
from bookings.models.window import ToldTime
from fsportal.models import Contact, User


class Verb(models.TextChoices):
    SCHEDULE = "schedule", _("Scheduled")
    RESCHEDULE = "reschedule", _("Rescheduled")
    ASSIGN = "assign", _("Assigned")
    TRAVEL = "travel", _("Set off")
    PAUSE = "pause", _("Took a break")
    START = "start", _("Started work")
    COMPLETE = "complete", _("Completed")
    CANCEL = "cancel", _("Canceled")
    TURN_BACK = "turn_back", _("Turned back")
    RUN_LATE = "run_late", _("Running late")
    REOPEN = "reopen", _("Reopened")
    CONFIRM = "confirm", _("Confirmed by the customer")
    DECLINE = "decline", _("Does not suit the customer")


class Via(models.TextChoices):
    """How a change came in."""

    ADMIN = "admin", _("Settings area")
    IMPORT = "import", _("Import")
    PORTAL = "portal", _("Customer portal")
    TECHNICIAN = "technician", _("Technician's page")
    TEXT = "text", _("Text message")
    SYSTEM = "system", _("System")


#: How long somebody can undo a move on the board before any customer is told of it.
HOLD = dt.timedelta(seconds=20)


@dataclass(frozen=True)
class Change:
    """Who changes a booking, how it came in, and why. Handed to every verb; by default it is the system."""

    by: User | None = None
    via: Via = Via.SYSTEM
    why: str = ""
    #: When it was done (aware), if not just now: a technician without a connection reports it later.
    at: dt.datetime | None = None
    #: The customer who did it by themselves; if they came by a link, `by` is nobody.
    contact: Contact | None = None
    #: Whether to tell nobody. The ordinary reminders of a visit that is made or moved so go all the same.
    quiet: bool = False

    #: What stood against it (bookings/availability/conflicts.py) and was accepted; then `why` says why.
    despite: tuple[str, ...] = ()
    #: How long customers are not told yet, so that it can be undone.
    hold: dt.timedelta = dt.timedelta()
    #: Whether the work of a visit that is canceled waits to be planned again.
    replan: bool = False

    @property
    def made_at(self) -> dt.datetime:
        return self.at or timezone.now()

    @property
    def told_from(self) -> dt.datetime | None:
        """Return the first moment at which customers may be told, if that is not at once."""
        return timezone.now() + self.hold if self.hold else None


BY_SYSTEM = Change()


class BookingChange(models.Model):
    """One change of a booking. `revision` is the booking's after the change."""

    booking = models.ForeignKey("bookings.Booking", models.CASCADE, related_name="changes")
    at = models.DateTimeField(_("at"), default=timezone.now)
    verb = models.CharField(_("what"), max_length=10, choices=Verb.choices)
    via = models.CharField(_("by way of"), max_length=10, choices=Via.choices, default=Via.SYSTEM)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    #: The customer who did it by themselves, also if they came by a link and `by` is nobody.
    contact = models.ForeignKey("fsportal.Contact", models.SET_NULL, null=True, related_name="+")
    why = models.CharField(_("why"), max_length=500, blank=True)
    revision = models.PositiveIntegerField(_("revision"))
    old_status = models.IntegerField(_("status before"), choices=BookingStatus.choices, null=True)
    new_status = models.IntegerField(_("status after"), choices=BookingStatus.choices)
    old_start = models.DateTimeField(_("start before"), null=True)
    new_start = models.DateTimeField(_("start after"), null=True)
    # The arrival windows that customers were told, or were to be told; NULL if it was the start.
    old_window_start = models.DateTimeField(null=True)
    old_window_end = models.DateTimeField(null=True)
    new_window_start = models.DateTimeField(null=True)
    new_window_end = models.DateTimeField(null=True)
    old_resource = models.ForeignKey("bookings.Resource", models.SET_NULL, null=True, related_name="+")
    new_resource = models.ForeignKey("bookings.Resource", models.SET_NULL, null=True, related_name="+")

    #: The notifications' Reason why the customer was told nothing of it, if no message was written at all.
    untold = models.CharField(_("not told"), max_length=20, blank=True, default="", db_default="")
    #: Change.despite, separated by spaces.
    despite = models.CharField(_("in spite of"), max_length=100, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("booking change")
        verbose_name_plural = _("booking changes")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["booking", "revision"], name="one_change_per_booking_revision")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} ({self.revision})"

    @property
    def old_told_time(self) -> ToldTime | None:
        """Return when customers were, or were to be, told that the visit is before this change; None if it is new."""
        if self.old_window_start and self.old_window_end:
            return ToldTime(self.old_window_start, self.old_window_end)
        return ToldTime(self.old_start) if self.old_start else None

    @property
    def new_told_time(self) -> ToldTime | None:
        if self.new_window_start and self.new_window_end:
            return ToldTime(self.new_window_start, self.new_window_end)
        return ToldTime(self.new_start) if self.new_start else None

    def note_untold(self, reason: str) -> None:
        """Note why no message was written about this change; in an import the row itself is written later."""
        self.untold = reason
        if not self._state.adding:
            self.save(update_fields=["untold"])

    @classmethod
    def of(cls, booking: Any, before: Any, verb: Verb, change: Change) -> "BookingChange":
        """Return the row about a verb, not saved; `before` is the booking as it was, or None if it is new."""
        return cls(
            booking_id=booking.pk,
            at=change.made_at,
            verb=verb,
            via=change.via,
            by=change.by,
            contact=change.contact,
            why=change.why[:500],
            despite=" ".join(change.despite),
            revision=booking.revision,
            old_status=before.status if before else None,
            new_status=booking.status,
            old_start=before.start if before else None,
            new_start=booking.start,
            old_window_start=before.window_start if before else None,
            old_window_end=before.window_end if before else None,
            new_window_start=booking.window_start,
            new_window_end=booking.window_end,
            old_resource_id=before.resource_id if before else None,
            new_resource_id=booking.resource_id,
        )
