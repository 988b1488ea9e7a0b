"""YES and NO by text message: which visit they are about, and what is answered.

Of several open questions the one asked last counts, by text message before those by email only; the answer names the
visit. Whoever has answered can still change their mind. Everything else is for a person to read.
"""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings.messages import queue
from bookings.messages.question import ASKING
from bookings.messages.told import UPCOMING
from bookings.models import Booking, BookingNotificationCode, BookingStatus, CustomerAnswer, Reminder, Via
from bookings.self_service import policy, verbs
from fsportal.lib.zones import supported_language
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.channels.sms_text import gsm_safe, segments
from notifications.customers.replies.listeners import OrdinaryText, Understood
from notifications.customers.replies.yes_or_no import answer_of
from notifications.models import CustomerNotification, State

#: Messages of one contact that are looked through, the newest first.
MOST_MESSAGES = 200
#: A message is written a moment before it counts as asked, and the provider's clock is not ours.
ABOUT = dt.timedelta(seconds=10)


@dataclass(frozen=True)
class OpenQuestion:
    """A visit that lies ahead, and the contact who was asked about it as it is now."""

    booking: Booking
    contact: Contact
    #: Whether the message asked, as far as one can tell now; by text message or not; when. The largest was asked last.
    rank: tuple[bool, bool, dt.datetime]


def understand(text: OrdinaryText) -> Understood | None:
    """Take YES or NO as the answer to the question that was asked last; None if it answers none."""
    said = answer_of(text.body)
    if said is None:
        return None
    answer = CustomerAnswer.YES if said else CustomerAnswer.NO
    question = asked_last(text, answer)
    if question is None:
        return None
    booking, contact = question.booking, question.contact
    verbs.answer(booking, answer, contact=contact, by=None, seen=booking.timed_by, via=Via.TEXT)
    with translation.override(supported_language(contact.language)):
        if said:
            return Understood(_confirmed(booking), booking)
        return _declined(booking, contact, text.now)


def asked_last(text: OrdinaryText, answer: CustomerAnswer) -> OpenQuestion | None:
    """Return the open question that was asked last; if there is none, the very last one, if they said otherwise.

    Whoever says YES twice says nothing about an earlier visit, which does not suit them.
    """
    questions = _questions(text)
    still_open = [one for one in questions if not one.booking.answer]
    last = max(still_open or questions, key=lambda one: one.rank, default=None)
    return None if last is None or last.booking.answer == answer else last


def _questions(text: OrdinaryText) -> list[OpenQuestion]:
    """Return what they had been asked when they wrote the text: it may have been on its way for long."""
    asking = CustomerNotification.objects.filter(contact__in=text.contacts, event__in=ASKING)
    # Of what is being sent nobody knows yet whether it went out; but whoever answers has got it.
    asking = asking.filter(told_at__isnull=False) | asking.filter(state=State.SENDING)
    columns = ("regarding_id", "contact", "event", "channel", "dedupe_key", "told_at")
    found = list(asking.order_by("-created_at").only(*columns)[:MOST_MESSAGES])
    latest = text.said_at + ABOUT
    ahead = Booking.objects.filter(pk__in={one.regarding_id for one in found}, asked_at__lte=latest)
    ahead = ahead.filter(status=BookingStatus.SCHEDULED, start__gt=text.now)
    visits = {one.pk: one for one in ahead.with_visit()}
    by_pk = {contact.pk: contact for contact in text.contacts}
    asks = _asking() if visits else {}
    questions = []
    for message in found:
        booking = visits.get(message.regarding_id) if message.regarding_id else None
        at = message.told_at or text.said_at
        # What was said before the present question was about another time.
        if booking is None or booking.asked_at is None or not booking.asked_at - ABOUT <= at <= latest:
            continue
        occasion = queue.occasion_of(message) if message.event == UPCOMING else ""
        rank = asks.get(occasion, asks[""]), message.channel == Channel.SMS, at
        assert message.contact_id is not None
        questions.append(OpenQuestion(booking, by_pk[message.contact_id], rank))
    return questions


def _asking() -> dict[str, bool]:
    """Return by occasion whether a reminder asks; without one, whether the first one does."""
    further = {reminder.occasion: reminder.asks for reminder in Reminder.objects.filter(is_on=True)}
    return {"": PortalSettings.load().reminder_asks} | further


def _confirmed(booking: Booking) -> str:
    """Name the visit, with the zone of its place if one text message has room for that."""
    language = translation.get_language() or "en"
    whole, short = (
        _("Confirmed: %(when)s") % {"when": words}
        for words in (
            booking.told_time.words(booking.zone_name, language),
            booking.told_time.short_words(booking.zone_name, language),
        )
    )
    return whole if segments(gsm_safe(whole)) == 1 else short


def _declined(booking: Booking, contact: Contact, now: dt.datetime) -> Understood:
    """Answer with the link to other times if they may choose one; in any case dispatchers have got their card."""
    if policy.allowed(booking, now).change:
        code = BookingNotificationCode.issue_each([(booking, contact)])[booking.pk, contact.pk]
        if code.opens_at(timezone.now()):
            link = f"{code.link}?to=change"
            return Understood(_("Choose another time here:") + f" {link}", booking, link=code.link)
    return Understood(_("Thank you. We will contact you about another time."), booking)
