"""Technicians' taps on their phones: each counts once, however often a bad connection repeats it."""

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import doubts
from bookings.models.booking import Booking
from bookings.models.errors import AskFirst, BookingError
from bookings.models.history import Change, Via
from bookings.models.status import FINAL
from fsportal.lib.integrity import is_conflict

#: An older tap no longer counts: the phone lay in a drawer, or its clock is wrong.
GOOD_FOR = dt.timedelta(hours=24)
#: How long a technician can take back that they completed or canceled a visit; then dispatchers can.
UNDO_FOR = dt.timedelta(minutes=10)
#: The choices of *Running late*, in minutes.
MINUTES = (15, 30, 60)


class TapVerb(models.TextChoices):
    TRAVEL = "travel", _("Set off")
    START = "start", _("Start work")
    PAUSE = "pause", _("Take a break")
    COMPLETE = "complete", _("Complete")
    TURN_BACK = "turn_back", _("Turn back")
    LATE = "late", _("Running late")
    REOPEN = "reopen", _("Undo")


class TapOutcome(models.TextChoices):
    DONE = "done", _("Done")
    SAME = "same", _("It was so already")
    REFUSED = "refused", _("Not possible")


class Tap(models.Model):
    """One tap, with an id from the phone that made it. The row is written in the transaction of what the tap did."""

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="taps", verbose_name=_("booking"))
    verb = models.CharField(_("verb"), max_length=9, choices=TapVerb.choices)
    minutes = models.PositiveSmallIntegerField(_("minutes late"), null=True)
    made_at = models.DateTimeField(_("made"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=7, choices=TapOutcome.choices)
    #: Why it was refused, in words for the technician.
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    #: Whether the technician was asked and means it (bookings/models/doubts.py).
    is_sure: bool = False

    class Meta:
        verbose_name = _("tap")
        verbose_name_plural = _("taps")
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["received_at"], name="tap_to_delete")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.get_outcome_display()}"

    def make(self) -> "Tap":
        """Do what this unsaved tap says, once; return the row with its outcome.

        If the same tap of this user is stored already, nothing happens and its first outcome is returned, even if the
        visit has since gone to somebody else. A `made_at` (aware) in the future counts as now, and one before the last
        change of the visit as that change's time. A verb that is not possible (any more) is an outcome, not an error.
        Raises Booking.DoesNotExist, and stores nothing, if the visit is not this user's; AskFirst, and stores nothing,
        if it has to be asked about and is not sure; LookupError if another tap has this id.
        """
        known = self._known()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                return self._once()
        except IntegrityError as error:  # a tap on another visit with the same id came in at the same moment
            known = self._known()
            if known is None and not is_conflict(error):
                raise
            if known is None:
                raise LookupError("another tap has this id") from None
            return known

    def _known(self) -> "Tap | None":
        """Return the stored row of this tap; raise LookupError if another tap has its id."""
        known = type(self).objects.filter(pk=self.pk).first()
        if known is not None and (known.user_id, known.booking_id) != (self.user_id, self.booking_id):
            raise LookupError("another tap has this id")
        return known

    def _once(self) -> "Tap":
        """Lock the visit first: the same tap sent twice at once waits here, and then finds itself stored."""
        mine = Booking.objects.filter(resource__user=self.user_id, resource__is_active=True)
        booking = mine.select_for_update(of=("self",)).get(pk=self.booking_id)
        known = self._known()
        if known is not None:
            return known
        self.outcome, self.answer = self._do(booking)
        self.save(force_insert=True)
        return self

    def _do(self, booking: Booking) -> tuple[str, str]:
        try:
            with transaction.atomic():
                done = self._verb(booking, self._at(booking))
        except BookingError as error:
            return TapOutcome.REFUSED, str(error)[:500]
        return (TapOutcome.DONE if done else TapOutcome.SAME), ""

    def _at(self, booking: Booking) -> dt.datetime:
        now = timezone.now()
        if self.made_at < now - GOOD_FOR:
            raise BookingError(_("This was tapped more than a day ago and does not count any more."))
        last = booking.changes.order_by("-revision").values_list("at", flat=True).first()
        return min(max(self.made_at, last or self.made_at), now)

    def _ask(self, booking: Booking, at: dt.datetime) -> None:
        if self.is_sure:
            return
        question = ""
        if self.verb == TapVerb.TRAVEL:
            question = doubts.before_travel(booking, at)
        elif self.verb == TapVerb.COMPLETE:
            question = doubts.before_complete(booking)
        if question:
            raise AskFirst(question)

    def _verb(self, booking: Booking, at: dt.datetime) -> bool:
        self._ask(booking, at)
        change = Change(by=self.user, via=Via.TECHNICIAN, at=at)
        match self.verb:
            case TapVerb.TRAVEL:
                return booking.travel(change)
            case TapVerb.START:
                return booking.start_work(change)
            case TapVerb.PAUSE:
                return booking.pause(change)
            case TapVerb.COMPLETE:
                return booking.complete(change)
            case TapVerb.TURN_BACK:
                return booking.turn_back(change)
            case TapVerb.LATE if self.minutes in MINUTES:
                return booking.run_late(self.minutes, change)
            case TapVerb.REOPEN:
                return self._undo(booking, change)
            case _:
                raise BookingError(_("This is nothing that can be done to a visit."))

    def _undo(self, booking: Booking, change: Change) -> bool:
        last = booking.changes.order_by("-revision").first()
        mine = last is not None and last.by_id == self.user_id and change.made_at - last.at <= UNDO_FOR
        if booking.status in FINAL and not mine:
            raise BookingError(
                _("Who did this can undo it for ten minutes. Now only a dispatcher can reopen the visit.")
            )
        return booking.reopen(change)
