"""YES and NO by text message: which visit they are about, and what is answered.

Of several open questions the one asked last counts, by text message before those by email only; the answer names the
visit. Whoever has answered can still change their mind. Everything else is for a person to read.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings.messages.question import ASKING
from bookings.models import Booking, BookingNotificationCode, BookingStatus, CustomerAnswer, Via
from bookings.self_service import policy, verbs
from fsportal.lib.zones import supported_language
from fsportal.models import Contact
from fsportal.models.consent import Channel
from notifications.customers.channels.sms_text import gsm_safe, segments
from notifications.customers.replies.listeners import OrdinaryText, Understood
from notifications.customers.replies.yes_or_no import answer_of
from notifications.models import CustomerNotification, State

#: Messages of one contact that are looked through, the newest first.
MOST_MESSAGES = 200


@dataclass(frozen=True)
class OpenQuestion:
    """A visit that lies ahead, and the contact who was asked about it as it is now."""

    booking: Booking
    contact: Contact
    #: By text message or not, and when: the largest was asked last.
    rank: tuple[bool, dt.datetime]


def understand(text: OrdinaryText) -> Understood | None:
    """Take YES or NO as the answer to the question that was asked last; None if it answers none."""
    said = answer_of(text.body)
    if said is None:
        return None
    answer = CustomerAnswer.YES if said else CustomerAnswer.NO
    question = asked_last(text.contacts, answer, text.now)
    if question is None:
        return None
    booking, contact = question.booking, question.contact
    verbs.answer(booking, answer, contact=contact, by=None, seen=booking.timed_by, via=Via.TEXT)
    with translation.override(supported_language(contact.language)):
        if said:
            return Understood(_confirmed(booking), booking)
        return _declined(booking, contact, text.now)


def asked_last(contacts: Sequence[Contact], answer: CustomerAnswer, now: dt.datetime) -> OpenQuestion | None:
    """Return the open question that was asked last; if there is none, the last one that they answered otherwise."""
    questions = _questions(contacts, now)
    still_open = [one for one in questions if not one.booking.answer]
    otherwise = [one for one in questions if one.booking.answer not in ("", answer)]
    return max(still_open or otherwise, key=lambda one: one.rank, default=None)


def _questions(contacts: Sequence[Contact], now: dt.datetime) -> list[OpenQuestion]:
    asking = CustomerNotification.objects.filter(contact__in=contacts, event__in=ASKING)
    # Of what is being sent nobody knows yet whether it went out; but whoever answers has got it.
    asking = asking.filter(told_at__isnull=False) | asking.filter(state=State.SENDING)
    rows = asking.order_by("-created_at").values_list("regarding_id", "contact", "channel", "told_at")[:MOST_MESSAGES]
    found = list(rows)
    ahead = Booking.objects.filter(pk__in={pk for pk, *_rest in found}, asked_at__isnull=False, start__gt=now)
    visits = {one.pk: one for one in ahead.filter(status=BookingStatus.SCHEDULED).with_visit()}
    by_pk = {contact.pk: contact for contact in contacts}
    questions = []
    for pk, contact_pk, channel, told_at in found:
        booking, at = visits.get(pk) if pk else None, told_at or now
        # What was said before the present question was about another time.
        if booking is not None and booking.asked_at is not None and at >= booking.asked_at:
            questions.append(OpenQuestion(booking, by_pk[contact_pk], (channel == Channel.SMS, at)))
    return questions


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
