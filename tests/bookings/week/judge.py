"""Judges every staff card by the records alone, in plain Python: the product's own conditions are not asked.

Where one may think either way about a card, both is right: it is a fault that one stays whose cause is surely gone, and
that one is missing whose cause surely holds.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from bookings.models import Booking, BookingChange, BookingImport, BookingStatus, CustomerNote, Feedback, Resource, Verb
from fsportal.models import PortalSettings, User
from notifications.models import (
    AppNotification,
    ChannelOutage,
    CustomerNotification,
    Priority,
    Reason,
    State,
    UnopenedCard,
)

S = BookingStatus
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NAME_START = {"booking_confirmed", "booked", "upcoming", "rescheduled", "reopened"}
NAME_ARRIVAL = {"traveling", "delayed"}
ARRIVED = {State.SENT, State.DELIVERED}
AHEAD, BEGUN, FINAL = {S.SCHEDULED, S.TRAVELING}, {S.ON_BREAK, S.IN_PROGRESS}, {S.COMPLETED, S.CANCELED}


class Judge:
    """All records as they are at `now`."""

    def __init__(self, now: dt.datetime, dispatchers: list[User], dismissed: dict[Any, dt.datetime]) -> None:
        self.now, self.dispatchers, self.dismissed = now, dispatchers, dismissed
        self.slip = dt.timedelta(minutes=PortalSettings.load().slip_minutes)
        self.visits: dict[Any, Booking] = {visit.pk: visit for visit in Booking.objects.select_related("resource")}
        self.changes = _by("booking_id", BookingChange.objects.order_by("revision"))
        self.notes = _by("booking_id", CustomerNote.objects.filter(handled_at=None))
        self.ratings = _by("booking_id", Feedback.objects.filter(handled_at=None, rating__lte=2))
        self.messages = _by("regarding_id", CustomerNotification.objects.order_by("created_at"))
        self.message = {row.pk: row for rows in self.messages.values() for row in rows}
        self.resent = set(CustomerNotification.objects.values_list("resent_of", flat=True))
        self.cards = list(AppNotification.objects.live(now).exclude(kind=""))
        self.held = {(card.owner_id, card.kind, card.regarding_id) for card in self.cards}

    def faults(self) -> list[str]:
        return [*self._stale(), *self._twice(), *self._missing()]

    # --- Whose cause is gone ------------------------------------------------------------------------------------------
    def _stale(self) -> Iterator[str]:
        for card in self.cards:
            why = getattr(self, f"_over_{card.kind}")(card)
            if why:
                about = f"{self._words(card.regarding_id)} of {card.created_on:%a %H:%M}"
                yield f"stale: {card.kind} “{card.title}” {about}: {why}"

    def _words(self, pk: Any) -> str:
        visit = self.visits.get(pk)
        return f"{pk} ({visit.get_status_display()} {visit.start:%a %H:%M})" if visit else str(pk)

    def _over_booking_assigned(self, card: AppNotification) -> str:
        visit = self.visits[card.regarding_id]
        if visit.resource.user_id != card.owner_id:
            return "the visit is somebody else's"
        if visit.end <= self.now and visit.end > card.created_on:
            return "the visit has passed since"
        if visit.status in FINAL or (visit.status in BEGUN and self.changes[visit.pk][-1].verb != Verb.REOPEN):
            return "the visit has begun, or is off"
        if visit.status == S.TRAVELING:
            rows = self.changes[visit.pk]
            set_off = max((row.at for row in rows if row.new_status == S.TRAVELING != row.old_status), default=None)
            if set_off and set_off > card.created_on:
                return "whoever has it has set off since"
        return ""

    _over_booking_moved = _over_booking_assigned

    def _over_booking_off(self, card: AppNotification) -> str:
        visit = self.visits[card.regarding_id]
        if visit.end <= self.now:
            return "the visit is past"
        if visit.status in BEGUN or visit.status == S.COMPLETED:
            return "somebody else does it"
        theirs = visit.resource.user_id == card.owner_id and visit.status != S.CANCELED
        return "it is theirs again" if theirs else ""

    def _over_visits_imported(self, card: AppNotification) -> str:
        resource = Resource.objects.filter(pk=_pk(card)).first()
        if resource is None or resource.user_id != card.owner_id:
            return "it concerns somebody else"
        return "it is days old" if card.created_on <= self.now - 3 * DAY else ""

    def _over_import_finished(self, card: AppNotification) -> str:
        is_there = BookingImport.objects.filter(pk=_pk(card)).exists()
        return "it is days old" if not is_there or card.created_on <= self.now - 3 * DAY else ""

    def _over_customer_changed(self, card: AppNotification) -> str:
        visit = self.visits[card.regarding_id]
        since: list[BookingChange] = []
        for row in self.changes[visit.pk]:
            since = [] if row.contact_id else [*since, row]
        if visit.end <= self.now:
            return "the visit is past"
        done = [row.verb for row in since if row.verb != Verb.RUN_LATE]
        return f"somebody has followed it up: {done}" if done else ""

    def _over_customer_wrote(self, card: AppNotification) -> str:
        visit = self.visits[card.regarding_id]
        if visit.end <= self.now or visit.status in FINAL:
            return "the visit is past, done or off"
        return "" if self.notes[visit.pk] else "all was seen to"

    def _over_will_be_late(self, card: AppNotification) -> str:
        visit = self.visits[card.regarding_id]
        if visit.status not in AHEAD:
            return "it has begun, or is off"
        if visit.end <= self.now - 2 * HOUR:
            return "it is long past"
        moves = [row.at for row in self.changes[visit.pk] if row.verb in (Verb.RESCHEDULE, Verb.REOPEN)]
        if moves and max(moves) > card.created_on:
            return "it was moved or reopened since"
        known = visit.arrival_latest if visit.status == S.TRAVELING else visit.expected_start
        begins = known or (self.now if visit.status == S.SCHEDULED else None)
        return "" if begins is None or begins > visit.start or self.now > visit.start else "nobody is late"

    def _over_low_rating(self, card: AppNotification) -> str:
        return "" if self.ratings[card.regarding_id] else "it was seen to"

    def _over_channel_down(self, card: AppNotification) -> str:
        outage = ChannelOutage.objects.filter(pk=_pk(card)).first()
        return "" if outage and outage.failures >= 3 else "the channel works"

    def _over_on_call_unreached(self, card: AppNotification) -> str:
        message = CustomerNotification.objects.get(pk=_pk(card))
        if message.state in ARRIVED or message.pk in self.resent:
            return "it arrived, or was sent again"
        return "it is a day old" if card.created_on <= self.now - DAY else ""

    def _over_undelivered(self, card: AppNotification) -> str:
        visit = self.visits[card.regarding_id]
        failed = [row for row in self.messages[visit.pk] if _has_failed(row)]
        if not failed:
            return "no message failed"
        whys = [self._why_no_matter(row, visit) for row in failed]
        return "" if "" in whys else f"nothing that failed matters: {whys}"

    def _why_no_matter(self, row: CustomerNotification, visit: Booking) -> str:
        """Return why nobody needs to see to a failed message: it is moot, or the contact knows. Empty if one should."""
        rows = self.changes[visit.pk]
        begun = any(change.verb == Verb.START and change.revision > row.revision for change in rows)
        if row.event == "reopened" and begun:
            return "reopened, and work has begun again"
        return _why_moot(row, visit, self.now) or self._how_known(row)

    def _how_known(self, row: CustomerNotification) -> str:
        others = [one for one in self.messages[row.regarding_id] if one.contact_id == row.contact_id]
        arrived = [one for one in others if one.state in ARRIVED]
        if any((one.event, one.revision) == (row.event, row.revision) for one in arrived):
            return f"{row.event} arrived otherwise"
        for events in (NAME_START, NAME_ARRIVAL):
            later = [one for one in arrived if one.event in events and one.told_at and one.told_at > row.created_at]
            if row.event in events and later:
                return f"{row.event}: {later[0].event} arrived later"
        return ""

    def _knows_start(self, row: CustomerNotification, visit: Booking) -> bool:
        """Tell whether another message named the start as it is. *On after all* has to arrive itself."""
        arrived = [one for one in self.messages[visit.pk] if one.state in ARRIVED and one.contact_id == row.contact_id]
        named = any(one.event in NAME_START and one.named_time == visit.start for one in arrived)
        return row.event != "reopened" and named

    # --- Twice --------------------------------------------------------------------------------------------------------
    def _twice(self) -> Iterator[str]:
        rows = AppNotification.objects.exclude(kind="").values_list("owner", "kind", "regarding_id")
        for key, count in Counter(rows).items():
            if count > 1:
                yield f"{count} cards: {key}"
        mails = CustomerNotification.objects.filter(event="card_unopened", resent_of=None)
        cards = {card.pk: card for card in UnopenedCard.objects.all()}
        mailed = Counter((row.to, str(cards[_pk(row)].kind), cards[_pk(row)].regarding_id) for row in mails)
        for mail, count in mailed.items():
            if count > 1:
                yield f"mailed {count} times: {mail}"

    # --- What is missing ----------------------------------------------------------------------------------------------
    def _missing(self) -> Iterator[str]:
        wants: list[tuple[str, Callable[[Booking], dt.datetime | None]]] = [
            ("will_be_late", self._late_since),
            ("customer_wrote", self._waits_since),
            ("undelivered", self._untold_since),
            ("low_rating", self._unhappy_since),
        ]
        for visit in self.visits.values():
            for kind, since_when in wants:
                since = since_when(visit)
                if since is not None:
                    yield from self._who_lacks(kind, visit, since)

    def _who_lacks(self, kind: str, visit: Booking, since: dt.datetime) -> Iterator[str]:
        for user in self.dispatchers:
            key = (user.pk, kind, visit.pk)
            dismissed = self.dismissed.get(key)
            if key not in self.held and not (dismissed and dismissed >= since):
                yield f"missing: {kind} for {user} about {self._words(visit.pk)}"

    def _late_since(self, visit: Booking) -> dt.datetime | None:
        expected = visit.expected_start if visit.status == S.SCHEDULED else visit.arrival_latest
        is_open = visit.status == S.SCHEDULED or (visit.status == S.TRAVELING and expected is not None)
        begins = max(visit.start, expected or visit.start)
        news = self.now - 2 * HOUR < visit.start and begins + self.slip < self.now
        return visit.late_alert_at or self.now if is_open and news else None

    def _waits_since(self, visit: Booking) -> dt.datetime | None:
        is_on = visit.end > self.now and visit.status not in FINAL
        return max((note.written_at for note in self.notes[visit.pk]), default=None) if is_on else None

    def _unhappy_since(self, visit: Booking) -> dt.datetime | None:
        return max((one.given_at for one in self.ratings[visit.pk]), default=None)

    def _untold_since(self, visit: Booking) -> dt.datetime | None:
        matter = [
            row
            for row in self.messages[visit.pk]
            if _has_failed(row) and _surely_matters(row, visit, self.now) and not self._why_no_matter(row, visit)
            if not self._knows_start(row, visit)
        ]
        return max((row.finished_at for row in matter if row.finished_at), default=None)


def _pk(row: AppNotification | CustomerNotification) -> uuid.UUID:
    assert row.regarding_id is not None
    return row.regarding_id


def _has_failed(row: CustomerNotification) -> bool:
    return row.state in (State.FAILED, State.UNKNOWN) and row.reason != Reason.NEWER_MESSAGE


def _why_moot(row: CustomerNotification, visit: Booking, now: dt.datetime) -> str:
    """Return why it no longer matters what the message says; empty if one may think that it does."""
    own = {"canceled": S.CANCELED, "completed": S.COMPLETED, "traveling": S.TRAVELING}.get(row.event)
    if own is not None and visit.status != own:
        return f"{row.event}, which it is not"
    if visit.status in FINAL and own is None:
        return f"{row.event}, and it is over"
    if visit.status in BEGUN and row.event != "reopened":
        return f"{row.event}, and work has begun"
    if row.event in ("completed", "reopened"):
        return f"{row.event}, days ago" if row.finished_at and row.finished_at <= now - 2 * DAY else ""
    return f"{row.event}, and it is past" if visit.end <= now else ""


def _surely_matters(row: CustomerNotification, visit: Booking, now: dt.datetime) -> bool:
    if _why_moot(row, visit, now):
        return False
    if row.event == "reopened":
        return visit.status == S.IN_PROGRESS or (visit.status == S.SCHEDULED and visit.start > now)
    if row.event in ("canceled", "completed"):
        return row.finished_at is not None and row.finished_at > now - 20 * HOUR
    return row.event in NAME_START and visit.status == S.SCHEDULED and visit.start > now


def _by(column: str, rows: Any) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def counted(cards: list[AppNotification]) -> str:
    """Return how many cards there are of each kind, for whoever reads a run."""
    high = sum(card.priority == Priority.HIGH for card in cards)
    kinds = Counter(card.kind for card in cards)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + f"; {high} of high priority"
