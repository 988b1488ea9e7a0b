"""What nobody chooses: outages of the providers, and what the SMS provider reports when."""

import datetime as dt
import random
import uuid

from notifications.customers.delivery_reports import note_report
from notifications.models import CustomerNotification, State
from tests.bookings.week.providers import ChoosyMail, ChoosyTexts


class Luck:
    def __init__(self, chance: random.Random, mail: ChoosyMail, texts: ChoosyTexts, step: dt.timedelta) -> None:
        self.chance, self.mail, self.texts, self.step = chance, mail, texts, step
        #: What the SMS provider is going to report, and when.
        self._reports: list[tuple[dt.datetime, uuid.UUID, str]] = []
        self._decided: set[uuid.UUID] = set()

    def outages(self) -> None:
        for provider in (self.mail, self.texts):
            # They last for three quarters of an hour or so.
            provider.is_down = self.chance.random() < (0.75 if provider.is_down else 0.02)

    def reports(self, now: dt.datetime) -> None:
        """Reports come soon, hours later, or never; a few say that the text did not arrive."""
        self._decide(now)
        due = [report for report in self._reports if report[0] <= now]
        self._reports = [report for report in self._reports if report not in due]
        for _at, pk, said in due:
            sid = CustomerNotification.objects.values_list("provider_id", flat=True).get(pk=pk)
            note_report(pk, said, provider_id=sid or "SM1", detail="")

    def _decide(self, now: dt.datetime) -> None:
        sent = CustomerNotification.objects.filter(channel="sms", state__in=[State.SENT, State.UNKNOWN])
        for row in sent.exclude(pk__in=self._decided).order_by("created_at", "event", "contact__name"):
            self._decided.add(row.pk)
            wait = self.chance.choice([0, 0, 0, 1, 30, 60, 200]) * self.step
            if self.chance.random() < 0.85:
                said = State.FAILED.value if self.chance.random() < 0.12 else State.DELIVERED.value
                self._reports.append((now + wait, row.pk, said))
