"""What dispatchers do with the cards under their bells."""

import datetime as dt
import random
from typing import Any

from fsportal.models import User
from notifications.inapp import taking
from notifications.models import AppNotification

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


class Bells:
    def __init__(self, chance: random.Random, dispatchers: list[User]) -> None:
        self.chance, self.dispatchers = chance, dispatchers
        #: When somebody dismissed a card: whose, of which kind, about what.
        self.dismissed: dict[tuple[Any, str, Any], dt.datetime] = {}

    def something_happens(self, now: dt.datetime) -> None:
        self.chance.choice([self.take, self.snooze, self.dismiss, self.read])(now)

    def _card(self, now: dt.datetime) -> AppNotification | None:
        live = AppNotification.objects.live(now).filter(owner__in=self.dispatchers).exclude(kind="")
        card: AppNotification | None = self.chance.choice(
            [*live.order_by("created_on", "kind", "title", "owner__username"), None]
        )
        return card

    def take(self, now: dt.datetime) -> None:
        if card := self._card(now):
            try:
                taking.take(card.owner, card.pk)
            except taking.TakenAlready as taken:
                taking.take(card.owner, card.pk, instead_of=taken.by.pk if taken.by else None)

    def snooze(self, now: dt.datetime) -> None:
        if card := self._card(now):
            AppNotification.snooze(card.owner, card.pk, until=now + self.chance.choice([15 * MINUTE, 3 * HOUR]))

    def dismiss(self, now: dt.datetime) -> None:
        if (card := self._card(now)) and AppNotification.dismiss(card.owner, card.pk):
            self.dismissed[(card.owner_id, card.kind, card.regarding_id)] = now

    def read(self, now: dt.datetime) -> None:
        AppNotification.note_all_seen(self.chance.choice(self.dispatchers))
