"""The main job on real input: a schedule file goes in, reminders go out by SMTP and by Twilio's HTTP API.

What is expected is worked out here from the file's own rows, not from the product's code.
"""

import csv
import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from bookings.messages import reminders
from bookings.models import Booking
from fsportal.conf.environment import email_config, sms_config
from fsportal.models import PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.module_data import module_data
from tests.servers import SmtpSink, TwilioServer

# One group: what all of them begin with is made in one worker only.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("schedule file")]

DATA = Path(__file__).parent.parent / "data"
#: Chosen so that the next seven days hold every kind of move of the next day's file.
NOW = dt.datetime(2026, 11, 28, 10, 0, tzinfo=dt.UTC)
LEAD = dt.timedelta(days=7)
MINUTE = dt.timedelta(minutes=1)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def start_of(row: dict[str, str]) -> dt.datetime:
    """Return a row's start; the file writes it in one of three ways."""
    at = dt.datetime.fromisoformat(row["start"])
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(row["time_zone"]))


def is_due(row: dict[str, str]) -> bool:
    return NOW < start_of(row) <= NOW + LEAD


def digits(phone: str) -> str:
    """Return the last digits of a number, which are the same in its national and its international form."""
    return re.sub(r"\D", "", phone)[-7:]


@pytest.fixture(scope="module")
def first_day(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[SmtpSink, TwilioServer]]:
    """Import the schedule, sweep, deliver: the state in which the next day's file meets the portal."""
    with SmtpSink() as smtp, TwilioServer() as twilio:
        ways = ways_out(smtp, twilio)

        def remind() -> None:
            with override_settings(**ways), time_machine.travel(NOW, tick=False):
                as_specified()
                call_command("import_bookings", str(DATA / "schedule.csv"), verbosity=0)
                reminders.sweep()
                delivery.drain()

        with module_data(django_db_blocker, remind):
            yield smtp, twilio


def as_specified() -> None:
    """Leave the specification's five messages, at any hour."""
    portal_settings = PortalSettings.load()
    portal_settings.company_name = "Contoso"
    portal_settings.send_booked, portal_settings.sms_from, portal_settings.sms_until = False, None, None
    portal_settings.save()


def ways_out(smtp: SmtpSink, twilio: TwilioServer) -> dict[str, Any]:
    config = email_config(smtp.url)
    return {"DELIVERY_MODE": "live", "EMAIL": config, **config.settings, "SMS": sms_config(twilio.sms_url)}


@pytest.fixture
def reminded(first_day: tuple[SmtpSink, TwilioServer]) -> Iterator[time_machine.Coordinates]:
    smtp, twilio = first_day
    mails, texts = list(smtp.messages), list(twilio.messages)
    with override_settings(**ways_out(smtp, twilio)), time_machine.travel(NOW, tick=False) as clock:
        yield clock
    smtp.messages[:], twilio.messages[:] = mails, texts


@pytest.fixture
def smtp(first_day: tuple[SmtpSink, TwilioServer]) -> SmtpSink:
    return first_day[0]


@pytest.fixture
def twilio(first_day: tuple[SmtpSink, TwilioServer]) -> TwilioServer:
    return first_day[1]


def log() -> dict[tuple[str, str, str], CustomerNotification]:
    """Return the log by external id, event and channel; a second message of the same kind would be a failure."""
    found: dict[tuple[str, str, str], CustomerNotification] = {}
    external = dict(Booking.objects.values_list("pk", "external_id"))
    for row in CustomerNotification.objects.exclude(state=State.SUPERSEDED).exclude(reason=Reason.SWITCHED_OFF):
        key = (str(external[row.regarding_id or uuid.UUID(int=0)]), row.event, row.channel)
        assert key not in found, f"{key} is there twice"
        found[key] = row
    return found


def test_each_reachable_contact_gets_one_reminder_per_booking_and_channel(
    reminded: None, smtp: SmtpSink, twilio: TwilioServer
) -> None:
    due = [row for row in rows("schedule.csv") if is_due(row)]
    assert len(due) > 50
    by_email = Counter((row["contact_email"], row["work_order"]) for row in due if row["contact_email"])
    sent: Counter[tuple[str, str]] = Counter()
    for mail in smtp.messages:
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        [number] = set(re.findall(r"WO-\d+", text))
        sent[mail["To"].addresses[0].addr_spec, number] += 1
    assert sent == by_email
    by_sms = Counter(digits(row["contact_phone"]) for row in due if row["contact_phone"])
    assert Counter(digits(sms["To"]) for sms in twilio.messages) == by_sms


def test_a_row_says_why_each_other_one_was_not_sent(reminded: None) -> None:
    entries = log()
    for row in rows("schedule.csv"):
        for channel, address in (("email", row["contact_email"]), ("sms", row["contact_phone"])):
            entry = entries.get((row["external_id"], "upcoming", channel))
            if not is_due(row):
                assert entry is None
            elif address:
                assert entry is not None
                assert entry.state == State.SENT
            else:
                assert entry is not None
                assert (entry.state, entry.reason) == (State.SUPPRESSED, Reason.NO_ADDRESS)


def test_each_reminder_names_the_sites_own_time(reminded: None) -> None:
    entries = log()
    for row in rows("schedule.csv"):
        local = start_of(row).astimezone(ZoneInfo(row["time_zone"]))
        for channel in ("email", "sms"):
            entry = entries.get((row["external_id"], "upcoming", channel))
            if entry is not None and entry.state == State.SENT:
                # Arabic readers have a clock of twelve hours.
                hour = (local.hour % 12 or 12) if entry.language == "ar" else local.hour
                assert re.search(rf"(?<!\d)0?{hour}:{local:%M}(?!\d)", entry.words)
                assert entry.language == (
                    row["language"] if row["language"] in {"en", "de", "fr", "ar", "he"} else "en"
                )
                if entry.language == "en":
                    city = row["time_zone"].split("/")[1].replace("_", " ")
                    assert f"({city}" in entry.words.replace("’", "").replace("'", "")


def moved_by(before: dict[str, str], after: dict[str, str]) -> dt.timedelta:
    return start_of(after) - start_of(before)


def test_the_next_days_file_tells_moves_of_more_than_ten_minutes_and_cancellations(
    reminded: time_machine.Coordinates, smtp: SmtpSink
) -> None:
    reminded.shift(dt.timedelta(hours=3))
    call_command("import_bookings", str(DATA / "schedule-next-day.csv"), verbosity=0)
    delivery.drain()
    entries, seen = log(), Counter[object]()
    for before, after in zip(rows("schedule.csv"), rows("schedule-next-day.csv"), strict=True):
        told = {event for event in ("rescheduled", "canceled") if (after["external_id"], event, "email") in entries}
        if not is_due(before) or not (before["contact_email"] or before["contact_phone"]):
            assert told == set()
        elif after["status"] == "Canceled":
            assert told == {"canceled"}
            seen["canceled"] += 1
        else:
            by = moved_by(before, after)
            assert told == ({"rescheduled"} if by > 10 * MINUTE else set())
            seen[by] += 1
    # All the cases are really in the file.
    assert all(seen[case] for case in (8 * MINUTE, 10 * MINUTE, 11 * MINUTE, 45 * MINUTE, "canceled"))
    count = len(smtp.messages)
    call_command("import_bookings", str(DATA / "schedule-next-day.csv"), verbosity=0)
    reminders.sweep()
    delivery.drain()
    assert len(smtp.messages) == count, "the same file again tells nobody anything"


def test_two_moves_of_eight_minutes_are_told_once_they_add_up(
    reminded: time_machine.Coordinates, tmp_path: Path
) -> None:
    call_command("import_bookings", str(DATA / "schedule-next-day.csv"), verbosity=0)
    delivery.drain()
    again = rows("schedule-next-day.csv")
    eight = []
    for before, after in zip(rows("schedule.csv"), again, strict=True):
        if moved_by(before, after) == 8 * MINUTE and after["status"] != "Canceled" and is_due(before):
            eight.append(after["external_id"])
            for column in ("start", "end"):
                at = dt.datetime.fromisoformat(after[column]) + 8 * MINUTE
                after[column] = at.strftime("%Y-%m-%d %H:%M")
    assert eight
    path = tmp_path / "third-day.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(again[0]))
        writer.writeheader()
        writer.writerows(again)
    before_it = set(log())
    call_command("import_bookings", str(path), verbosity=0)
    delivery.drain()
    new = {key[:2] for key in set(log()) - before_it}
    assert new == {(external_id, "rescheduled") for external_id in eight}


def test_the_same_file_again_changes_nothing(reminded: None) -> None:
    before = list(Booking.objects.order_by("pk").values())
    messages = CustomerNotification.objects.count()
    call_command("import_bookings", str(DATA / "schedule.csv"), verbosity=0)
    reminders.sweep()
    assert list(Booking.objects.order_by("pk").values()) == before
    assert CustomerNotification.objects.count() == messages


def test_the_faulty_file_imports_nothing_and_names_its_nine_rows(capsys: pytest.CaptureFixture[str]) -> None:
    before = list(Booking.objects.order_by("pk").values())
    with pytest.raises((CommandError, SystemExit)):
        call_command("import_bookings", str(DATA / "schedule-faulty.csv"))
    said = "".join(capsys.readouterr())
    # Rows as a spreadsheet counts them: the header is row 1.
    wrong = {5: "time_zone", 7: "end", 10: "contact_email", 13: "latitude", 16: "status", 19: "external_id"}
    wrong |= {22: "start", 24: "contact_phone", 27: "account"}
    for number, column in wrong.items():
        assert re.search(rf"(?m)^\W*(row )?{number}\b.*\b{column}\b", said), f"row {number}, {column}: {said}"
    assert list(Booking.objects.order_by("pk").values()) == before
