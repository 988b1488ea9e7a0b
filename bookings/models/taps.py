"""What technicians tap on their phone: each tap counts once, however often a bad connection repeats it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.errors import BookingError
from bookings.models.history import Via

#: A tap that was made longer ago than this says nothing any more: the phone lay in a drawer, or its clock is wrong.
GOOD_FOR = dt.timedelta(hours=24)


class Deed(models.TextChoices):
    """What a tap does."""

    TRAVEL = "travel", _("Set off")
    START = "start", _("Start work")
    PAUSE = "pause", _("Take a break")
    COMPLETE = "complete", _("Complete")
    TURN_BACK = "turn_back", _("Turn back")
    LATE = "late", _("Running late")


class Outcome(models.TextChoices):
    """What came of a tap."""

    DONE = "done", _("Done")
    SAME = "same", _("It was so already")
    REFUSED = "refused", _("Not possible")


class Tap(models.Model):
    """One tap, named by the phone that made it. Its row is written in the transaction of what it did."""

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="taps", verbose_name=_("booking"))
    deed = models.CharField(_("deed"), max_length=9, choices=Deed.choices)
    minutes = models.PositiveSmallIntegerField(_("minutes late"), null=True)
    made_at = models.DateTimeField(_("made"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices)
    #: Why not, in words for the technician.
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("tap")
        verbose_name_plural = _("taps")
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["received_at"], name="tap_to_delete")]

    def __str__(self) -> str:
        return f"{self.get_deed_display()}: {self.get_outcome_display()}"

    def make(self) -> "Tap":
        """Do what this unsaved tap says, once; return the row that says what came of it.

        A tap that is here already does nothing and gives its first outcome. `made_at` is never taken to lie ahead, nor
        before what was last done to the visit. What is not possible (any more) is an outcome, not an error.
        """
        known = type(self).objects.filter(pk=self.pk).first()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                self.outcome, self.answer = self._do()
                self.save(force_insert=True)
        except IntegrityError:
            return type(self).objects.get(pk=self.pk)  # the same tap, sent twice at once
        return self

    def _do(self) -> tuple[str, str]:
        booking = Booking.objects.with_visit().get(pk=self.booking_id)
        try:
            with transaction.atomic():
                done = self._verb(booking.locked(), self._at(booking))
        except BookingError as error:
            return Outcome.REFUSED, str(error)[:500]
        return (Outcome.DONE if done else Outcome.SAME), ""

    def _at(self, booking: Booking) -> dt.datetime:
        now = timezone.now()
        if self.made_at < now - GOOD_FOR:
            raise BookingError(_("This was tapped more than a day ago and is not sent any more."))
        last = booking.changes.order_by("-revision").values_list("at", flat=True).first()
        return min(max(self.made_at, last or self.made_at), now)

    def _verb(self, booking: Booking, at: dt.datetime) -> bool:
        how: dict[str, Any] = {"by": self.user, "via": Via.TECHNICIAN, "at": at}
        match self.deed:
            case Deed.TRAVEL:
                return booking.travel(**how)
            case Deed.START:
                return booking.start_work(**how)
            case Deed.PAUSE:
                return booking.pause(**how)
            case Deed.COMPLETE:
                return booking.complete(**how)
            case Deed.TURN_BACK:
                return booking.turn_back(**how)
            case _:
                return booking.run_late(self.minutes or 15, **how)
