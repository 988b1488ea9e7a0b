"""The question whether the time of a visit suits: what the pages show of it, and the answer, for both ways in."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bookings.messages.question import PLACE
from bookings.models import Booking, BookingStatus, CustomerAnswer, StaleBooking
from bookings.self_service import policy, verbs
from bookings.self_service.policy import Allowed
from bookings.self_service.verbs import PolicyRefused
from fsportal.lib.throttle import Throttle, client_of
from portal.visit.access import VisitAccess, at_visit, refused

#: A customer changes their mind a few times; each time is a row of the history.
ANSWERS = Throttle("visit-answers", limit=20, seconds=600)


@dataclass(frozen=True)
class AnswerBox:
    """What a page says about the answer to a visit that lies ahead: a question, or what the customer has said."""

    access: VisitAccess
    allowed: Allowed

    @property
    def booking(self) -> Booking:
        return self.access.booking

    @property
    def _is_ahead(self) -> bool:
        return self.booking.status == BookingStatus.SCHEDULED and self.access.now < self.booking.told_time.latest

    @property
    def is_open(self) -> bool:
        return self.booking.is_unanswered and self.access.now < self.booking.told_time.latest

    @property
    def said_yes(self) -> bool:
        return self._is_ahead and self.booking.answer == CustomerAnswer.YES

    @property
    def said_no(self) -> bool:
        return self._is_ahead and self.booking.answer == CustomerAnswer.NO

    @property
    def is_shown(self) -> bool:
        return self.is_open or self.said_yes or self.said_no

    @property
    def may_change(self) -> bool:
        return self.allowed.change


@require_POST
@at_visit
def take(request: HttpRequest, access: VisitAccess) -> HttpResponseBase:
    """Take the answer. Links only lead to the page with the buttons: mail scanners follow links.

    The link alone is enough, since nothing of the visit changes by itself.
    """
    answers = {answer.value: answer for answer in CustomerAnswer}
    said = answers.get(str(access.asked.get("answer")))
    if said is None:
        return _back(access)
    wait = ANSWERS.count(f"{access.booking.pk} {client_of(request)}")
    if wait:
        return refused(request, wait=wait)
    seen = str(access.asked.get("seen", ""))
    try:
        verbs.answer(
            access.booking,
            said,
            contact=access.contact,
            by=access.user,
            seen=int(seen) if seen.isdecimal() and len(seen) < 10 else 0,
        )
    except StaleBooking:
        messages.warning(request, _("This visit was changed in the meantime. Look at it as it is now, then decide."))
        return redirect(access.to["page"])
    except PolicyRefused:
        return redirect(access.to["page"])  # which says how far the visit is
    return _back(access) if said == CustomerAnswer.YES else _to_other_times(access)


def _back(access: VisitAccess) -> HttpResponseBase:
    """Lead back to the page with the button: the visit's, or the list of visits."""
    if access.viewer and "home" in access.asked:
        return redirect("home")
    return redirect(f"{access.to['page']}#{PLACE}")


def _to_other_times(access: VisitAccess) -> HttpResponseBase:
    if policy.allowed(access.booking, access.now).change:
        return redirect(access.to["change"])
    return redirect(f"{access.to['ask']}?about=change")
