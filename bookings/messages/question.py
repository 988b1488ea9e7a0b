"""Asking whether the time of a visit suits: the words, and the note that it was asked.

A visit counts as asked about from the moment at which the message is written that goes out, in the same transaction: an
answer may come before the provider's receipt. If it then fails for good, and no other one asks, it was not asked.
"""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.messages.told import RESCHEDULED, UPCOMING
from bookings.models import Booking
from fsportal.models.consent import Channel
from notifications.models import CustomerNotification, State

#: The messages that may ask.
ASKING = (UPCOMING, RESCHEDULED)
#: Where the question is on the page of the visit.
PLACE = "answer"


def words(notification: CustomerNotification) -> str:
    if notification.channel == Channel.SMS:
        # Translators: in a text message. Use words that replies/vocabulary.py knows in your language.
        return _("Reply YES to confirm or NO to change.")
    return _("Does this time suit you? Please confirm your visit, or tell us that you need another time.")


def button(link: str) -> tuple[str, str]:
    """Return the button of the email. It only leads to the question: mail scanners follow links."""
    return _("Confirm"), f"{link}#{PLACE}"


def note_asked(bookings: Iterable[Booking]) -> None:
    """Note of these bookings, which are locked, that the customer is being asked."""
    pks = [booking.pk for booking in bookings if booking.asked_at is None]
    if pks:
        Booking.objects.filter(pk__in=pks, asked_at=None, answer="").update(asked_at=timezone.now())


def take_back(failed: CustomerNotification, booking: Booking) -> None:
    """Note that nobody was asked after all: the only message that asked has failed for good."""
    if failed.state != State.FAILED or failed.event not in ASKING or booking.asked_at is None or booking.answer:
        return
    others = CustomerNotification.objects.regarding(booking).filter(event__in=ASKING).exclude(pk=failed.pk)
    asking = others.filter(told_at__gte=booking.asked_at) | others.filter(state__in=State.open(), attempts_made__gt=0)
    if not asking.exists():
        Booking.objects.filter(pk=booking.pk, answer="").update(asked_at=None)
