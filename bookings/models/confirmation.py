"""Whether the customer confirms a visit: the fields of a booking, what they say, and the verbs that change them."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import window as windows
from bookings.models.draft import as_verb
from bookings.models.history import BY_SYSTEM, Change, Verb, Via
from bookings.models.status import RESCHEDULABLE, BookingStatus


class CustomerAnswer(models.TextChoices):
    """What the customer answered when they were asked whether the visit suits them."""

    YES = "yes", _("Confirmed")
    NO = "no", _("Does not suit")


class AnsweredBy(models.TextChoices):
    TEXT = "text", _("by text message")
    PAGE = "page", _("on the page of the visit")
    STAFF = "staff", _("told staff")


#: Asked, and no answer yet.
UNANSWERED = Q(status=BookingStatus.SCHEDULED, asked_at__isnull=False, answer="")
#: How an answer came in; what is not here was told to staff, or to a system of theirs.
_ANSWERED_BY = {Via.TEXT: AnsweredBy.TEXT, Via.PORTAL: AnsweredBy.PAGE}
#: Neither asked nor answered.
AFRESH: dict[str, Any] = {
    "asked_at": None,
    "answer": "",
    "answered_at": None,
    "answered_by": "",
    "unanswered_card_at": None,
}


class Confirmation(models.Model):
    """The fields of a booking. They are about the time that the visit has: another time is asked about afresh."""

    #: When the question was written that goes out, or went out.
    asked_at = models.DateTimeField(_("asked to confirm"), null=True, editable=False)
    answer = models.CharField(
        _("answer"), max_length=3, choices=CustomerAnswer.choices, blank=True, default="", db_default="", editable=False
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answered_by = models.CharField(
        _("answered"), max_length=5, choices=AnsweredBy.choices, blank=True, default="", db_default="", editable=False
    )
    #: When dispatchers got their card about a visit without an answer: they get one per time that it has.
    unanswered_card_at = models.DateTimeField(null=True, editable=False)

    # What the verbs below use of the booking.
    locked: ClassVar[Any]
    _unchanged: ClassVar[Any]
    _require: ClassVar[Any]
    _apply: ClassVar[Any]

    class Meta:
        abstract = True

    @as_verb
    def confirm(self, change: Change = BY_SYSTEM) -> bool:
        """The customer says that the time suits them, whether or not they were asked."""
        return self._take_answer(CustomerAnswer.YES, Verb.CONFIRM, change)

    @as_verb
    def decline(self, change: Change = BY_SYSTEM) -> bool:
        """The customer says that the time does not suit them. The visit stays until it is moved or canceled."""
        return self._take_answer(CustomerAnswer.NO, Verb.DECLINE, change)

    def _take_answer(self, answer: CustomerAnswer, verb: Verb, change: Change) -> bool:
        before = self.locked()
        if before.answer == answer:
            return bool(self._unchanged(before))
        self._require(before, verb, before.status in RESCHEDULABLE)
        by = _ANSWERED_BY.get(Via(change.via), AnsweredBy.STAFF)
        self._apply(verb, before, change, answer=answer, answered_at=change.made_at, answered_by=by)
        return True

    @property
    def is_unanswered(self) -> bool:
        """Tell whether the customer was asked and has not answered, while an answer is of use: UNANSWERED."""
        status: int = self.status  # type: ignore[attr-defined]  # the booking has it
        return status == BookingStatus.SCHEDULED and self.asked_at is not None and not self.answer


def timed(before: Any, values: dict[str, Any], change: Change) -> dict[str, Any]:
    """Return what another time changes: when and by what it was set, and that it is asked about afresh.

    A small move of which customers are not told keeps their answer. A second one does not: together they may be news.
    """
    found = windows.timed(before, values, change)
    return found | ({} if not found or _keeps_answer(before, values) else AFRESH)


def _keeps_answer(before: Any, values: dict[str, Any]) -> bool:
    since: dt.datetime | None = before.asked_at or before.answered_at
    was_moved_since = since is not None and before.timed_at is not None and before.timed_at > since
    until = values["window_end"]
    now_told = windows.ToldTime(values["window_start"], until) if until else windows.ToldTime(values["start"])
    return not was_moved_since and bool(before.told_time.still_holds(now_told))
