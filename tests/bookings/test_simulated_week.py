"""A simulated week of a company with 40 visits a day: at its end no card in any bell whose cause is gone.

WEEK=full lives through seven days, otherwise most of one; FROM=17 begins with that number, which a failure names, and
RUNS=5 takes the next ones as well.
"""

import datetime as dt
import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from bookings.models import Booking
from fsportal.conf.environment import email_config, sms_config
from notifications.models import CustomerNotification, State
from tests.bookings.week.company import DAY, HOUR, ON_CALL, Company
from tests.bookings.week.judge import Judge, counted
from tests.bookings.week.providers import ChoosyMail, ChoosyTexts

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        bool(os.environ.get("TEST_DATABASE_URL")) and "FROM" not in os.environ,
        reason="takes long, and the database changes little: on PostgreSQL only with FROM=…",
    ),
]

#: In the suite a day until noon.
DAYS, UNTIL = (7, 19 * HOUR) if os.environ.get("WEEK") == "full" else (1, 11 * HOUR)
FIRST, RUNS = int(os.environ.get("FROM", "1")), int(os.environ.get("RUNS", "1"))
SHOWN = 30
MONDAY = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def mail(settings: Settings) -> Iterator[ChoosyMail]:
    with ChoosyMail() as server:
        settings.DELIVERY_MODE, settings.EMAIL = "live", email_config(server.url)
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)
        settings.EMAIL_FROM = "visits@example.com"
        # One after the other, so that the same number makes the same week.
        settings.CONNECTIONS = {"email": 1, "sms": 1}
        yield server


@pytest.fixture
def texts(settings: Settings) -> Iterator[ChoosyTexts]:
    with ChoosyTexts() as server:
        settings.SMS = sms_config(server.sms_url)
        yield server


@pytest.mark.parametrize("number", range(FIRST, FIRST + RUNS))
def test_no_card_outlives_its_cause_and_none_is_missing(number: int, mail: ChoosyMail, texts: ChoosyTexts) -> None:
    # The product's own chance: how long it waits before it tries again.
    random.setstate(random.Random(number).getstate())
    with time_machine.travel(MONDAY - DAY, tick=False) as clock:
        company = Company(number, clock, mail, texts)

        faults: dict[str, str] = {}

        def look() -> None:
            for fault in Judge(company.now, company.dispatchers, company.bells.dismissed).faults():
                faults.setdefault(fault, f"{company.now:%a %H:%M}")

        for day in range(DAYS):
            company.live_through(MONDAY + day * DAY, look, UNTIL)
        _print(company)
        assert not faults, _story(company, faults)
        assert Booking.objects.count() >= 40 * DAYS
        _on_call_had_each_mail_once(mail)


def _on_call_had_each_mail_once(mail: ChoosyMail) -> None:
    sent = [str(one["Message-ID"]) for one in mail.messages if one["To"] == ON_CALL]
    rows = CustomerNotification.objects.filter(event="card_unopened", state=State.SENT)
    assert len(sent) == len(set(sent)) == rows.count()
    assert sent, "nobody on call was mailed: the simulated people are too diligent to test that"


def _story(company: Company, faults: dict[str, str]) -> str:
    """Return the first faults with when they were seen first, each with what happened to its visit."""
    parts = [f"FROM={company.number}: {len(faults)} faults"]
    for fault, seen in [*faults.items()][:SHOWN]:
        parts.append(f"{seen} {fault}")
        about = [word for word in fault.split() if len(word) == 36]
        parts += [f"    {line}" for line in company.log if any(word in line for word in about)]
        for row in CustomerNotification.objects.filter(regarding_id__in=about).order_by("created_at"):
            words = (
                row.revision,
                row.reason,
                f"{row.created_at:%a %H:%M}",
                row.told_at and f"told {row.told_at:%H:%M}",
            )
            parts.append(f"    message: {row} {words}")
    return "\n".join(parts)


def _print(company: Company) -> None:
    judge = Judge(company.now, company.dispatchers, company.bells.dismissed)
    states = Counter(CustomerNotification.objects.values_list("state", flat=True))
    print(f"\nFROM={company.number}: {Booking.objects.count()} visits, messages {dict(states)}")
    print(f"left in the bells: {counted(judge.cards)}")
