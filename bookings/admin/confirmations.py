"""Whether the customer confirms a visit, for the pages of staff: in a word, in a sentence, and as a filter."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import UNANSWERED, Booking, BookingStatus, CustomerAnswer
from bookings.models.status import OPEN
from fsportal.models import PortalSettings
from fsportal.models.portal_settings import remembered
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import ATTENTION, GOOD, WAITING, site_moment

#: Asked, and without an answer that staff can rely on.
NOT_CONFIRMED = UNANSWERED | Q(status=BookingStatus.SCHEDULED, answer=CustomerAnswer.NO)

AnswerFilter = choice_filter(
    gettext_lazy("customer’s answer"),
    "answer",
    {
        "none": (gettext_lazy("Asked, no answer"), UNANSWERED),
        "yes": (gettext_lazy("Confirmed"), OPEN & Q(answer=CustomerAnswer.YES)),
        "no": (gettext_lazy("Does not suit"), OPEN & Q(answer=CustomerAnswer.NO)),
    },
)


def mark(booking: Booking) -> tuple[str, str] | None:
    """Return it in a word or two with its tone; None if the customer was not asked, or the visit is over."""
    if booking.status >= BookingStatus.COMPLETED:
        return None
    if booking.answer == CustomerAnswer.YES:
        return _("Confirmed"), GOOD
    if booking.answer == CustomerAnswer.NO:
        return _("Does not suit"), ATTENTION
    return (_("No answer yet"), WAITING) if booking.is_unanswered else None


def sentence(booking: Booking) -> str:
    """Return it with how and when; empty if the customer was neither asked nor has said anything."""
    if booking.answer and booking.answered_at:
        return _("%(answer)s: %(how)s, %(when)s") % {
            "answer": booking.get_answer_display(),
            "how": booking.get_answered_by_display(),
            "when": site_moment(booking.answered_at, booking.zone_name),
        }
    if booking.asked_at is None:
        return ""
    return _("Asked %(when)s, no answer") % {"when": site_moment(booking.asked_at, booking.zone_name)}


def may_be_noted(booking: Booking, answer: CustomerAnswer) -> bool:
    """Tell whether staff are offered to note this answer: where customers are asked at all, or have said something."""
    if booking.status != BookingStatus.SCHEDULED or booking.answer == answer:
        return False
    has_begun = booking.asked_at is not None or bool(booking.answer)
    return has_begun or remembered.get(PortalSettings.load).reminder_asks
