"""What customers have been told about a visit, by which message and on which channel."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, When

from bookings.models import Booking
from bookings.models.status import BookingStatus
from bookings.models.window import ToldTime
from fsportal.models import Contact
from notifications.models import CustomerNotification, State

CONFIRMED, BOOKED = "booking_confirmed", "booked"
UPCOMING, TRAVELING, COMPLETED = "upcoming", "traveling", "completed"
RESCHEDULED, CANCELED = "rescheduled", "canceled"
DELAYED, ASKED = "delayed", "asked"
REOPENED = "reopened"
#: The events whose messages tell the contact when the visit starts.
NAMES_START = (CONFIRMED, BOOKED, UPCOMING, RESCHEDULED, REOPENED)
#: The events whose messages tell that nobody comes any more, or not again.
NAMES_END = (CANCELED, COMPLETED)
#: The events whose messages tell when the technician arrives, at the latest.
NAMES_ARRIVAL = (TRAVELING, DELAYED)


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says, or said, and to whom."""

    pk: uuid.UUID
    regarding_id: uuid.UUID
    event: str
    channel: str
    contact_id: uuid.UUID | None
    to: str
    revision: int
    dedupe_key: str
    is_being_sent: bool
    #: It will go out, and no try has failed so far.
    is_to_come: bool
    named_time: dt.datetime | None
    told_at: dt.datetime | None
    #: The end of the arrival window that was named; None if it was a start.
    named_until: dt.datetime | None = None

    @property
    def time(self) -> ToldTime | None:
        return ToldTime(self.named_time, self.named_until) if self.named_time is not None else None

    def repeats(self, message: CustomerNotification) -> bool:
        """Tell whether it is that message, or the same one on the other channel."""
        return (self.event, self.revision) == (message.event, message.revision)


_COLUMNS = ("pk", "regarding_id", "event", "channel", "contact_id", "to", "revision", "dedupe_key")


class Told:
    """All messages about one visit."""

    def __init__(self, said: list[Said]) -> None:
        self.said = said

    @classmethod
    def about(cls, booking: Booking) -> "Told":
        return cls.about_each([booking.pk])[booking.pk]

    @classmethod
    def about_each(cls, bookings: Iterable[uuid.UUID]) -> dict[uuid.UUID, "Told"]:
        """Return it for each of these bookings, in one query."""
        pks = list(bookings)
        kind = ContentType.objects.get_for_model(Booking)
        rows = CustomerNotification.objects.filter(regarding_type=kind, regarding_id__in=pks).order_by("pk")
        found: dict[uuid.UUID, list[Said]] = defaultdict(list)
        # A message that was only claimed has no attempt yet.
        is_being_sent = Case(When(state=State.SENDING, attempts_made__gt=0, then=True), default=False)
        is_to_come = Case(When(state__in=State.open(), attempts_made=0, held_at=None, then=True), default=False)
        rows = rows.annotate(is_being_sent=is_being_sent, is_to_come=is_to_come)
        for columns in rows.values_list(
            *_COLUMNS, "is_being_sent", "is_to_come", "named_time", "told_at", "named_until"
        ):
            said = Said(*columns)
            found[said.regarding_id].append(said)
        return {pk: cls(found[pk]) for pk in pks}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self.said == other.said

    __hash__ = None  # type: ignore[assignment]  # a list of what changes

    def naming_start(self, contact: Contact | None) -> list[Said]:
        """Return the messages that told this person a start, or are about to.

        The same person is whoever has this contact record or its address: a record that was made again is not a new
        person.
        """
        naming = (said for said in self._to(contact) if said.event in NAMES_START)
        return [said for said in naming if said.named_time is not None]

    def _to(self, contact: Contact | None) -> list[Said]:
        addresses = {contact.email, contact.mobile_phone} - {""} if contact else set()
        pk = contact.pk if contact else None
        return [said for said in self.said if said.contact_id == pk or said.to in addresses]

    def start(
        self, contact: Contact | None, *, channel: str = "", but: CustomerNotification | None = None
    ) -> dt.datetime | None:
        """Return the start (UTC), or the beginning of the window, that this person was last told."""
        time = self.time(contact, channel=channel, but=but)
        return time.start if time else None

    def time(
        self, contact: Contact | None, *, channel: str = "", but: CustomerNotification | None = None
    ) -> ToldTime | None:
        """Return when the visit is as this person was last told, on `channel` or on any; None if they were not.

        `but` is left out, and with it the same message on the other channel.
        """
        told = [said for said in self.naming_start(contact) if channel in ("", said.channel)]
        latest = last([said for said in told if but is None or not said.repeats(but)])
        return latest.time if latest else None

    def times(self, contact: Contact | None) -> set[ToldTime]:
        """Return what this person was last told on each channel, and what they are being told at this moment."""
        naming = self.naming_start(contact)
        latest = [last([said for said in naming if said.channel == channel]) for channel in ("email", "sms")]
        known = [*filter(None, latest), *self.being_sent(contact)]
        return {said.time for said in known if said.time is not None}

    def being_sent(self, contact: Contact | None) -> list[Said]:
        """Return the messages that name a start and are being sent at this moment."""
        return [said for said in self.naming_start(contact) if said.is_being_sent]

    def naming_arrival(self, contact_id: uuid.UUID | None) -> list[Said]:
        return [said for said in self.said if said.event in NAMES_ARRIVAL and said.contact_id == contact_id]

    def whether_on(self, contact: Contact | None, *, but: CustomerNotification) -> list[Said]:
        """Return what told this person that the visit is to come, or that it is over, or is about to.

        `but` is left out, and with it the same message on the other channel.
        """
        about = (said for said in self._to(contact) if said.event in (*NAMES_START, *NAMES_END))
        return [said for said in about if not said.repeats(but)]

    def ended_for(self) -> list[Contact]:
        """Return everybody who was told that the visit is over, or is being told at this moment."""
        return self._known(NAMES_END)

    def contacts(self) -> list[Contact]:
        """Return everybody who was told a start, or is being told at this moment."""
        return self._known(NAMES_START)

    def _known(self, events: Iterable[str]) -> list[Contact]:
        naming = (said for said in self.said if said.event in events)
        return list(Contact.objects.filter(pk__in={said.contact_id for said in naming if _is_known(said)}))

    def is_followed(self, message: CustomerNotification, event: str) -> bool:
        """Tell whether a message about `event` of a later revision goes to the same contact on the same channel."""
        return any(
            said.event == event and said.revision > message.revision
            for said in self.said
            if (said.contact_id, said.channel) == (message.contact_id, message.channel)
        )


def last(said: Iterable[Said]) -> Said | None:
    """Return the one after which the contact heard nothing else, or None if they heard of none."""
    known = [(one.told_at, one.revision, one) for one in said if one.told_at is not None]
    return max(known, key=lambda item: item[:2])[2] if known else None


def _is_known(said: Said) -> bool:
    return said.contact_id is not None and (said.told_at is not None or said.is_being_sent)


def arrival_told(booking: Booking, contact: Contact | None) -> dt.datetime | None:
    """Return the earliest arrival (its latest end) that is the last word on a channel since somebody set off, or None.

    It counts even if another technician has since taken over: it is what the contact knows.
    """
    since = booking.changes.filter(new_status=BookingStatus.TRAVELING).exclude(old_status=BookingStatus.TRAVELING)
    set_off = since.order_by("-revision").values_list("at", flat=True).first() or booking.set_off_at
    begun = set_off or booking.created_at
    naming = Told.about(booking).naming_arrival(contact.pk if contact else None)
    naming = [said for said in naming if said.told_at and said.told_at >= begun and said.named_time is not None]
    latest = [last([said for said in naming if said.channel == channel]) for channel in ("email", "sms")]
    return min((said.named_time for said in latest if said and said.named_time), default=None)
