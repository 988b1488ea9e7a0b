"""The page *Reports*: who sees what, which days, and the same numbers in its files."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from urllib.parse import urlencode

import openpyxl
import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from bookings.models import Change, Via
from fsportal.models import AuditEntry, User
from notifications import message_counts
from notifications.models import CustomerNotification, MessageCount, NotificationAttempt, State
from tests.admin_cast import person
from tests.factories import BookingFactory, ContactFactory, ResourceFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 4, 14, 15, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("analyst"))
    return client


def page(client: Client, **asked: str) -> str:
    answer = client.get(reverse("admin:reports"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def file(client: Client, kind: str, **asked: str) -> HttpResponse:
    """Return what the button for a file gives."""
    return client.post(f"{reverse('admin:reports')}?{urlencode(asked)}", {"file": kind})  # type: ignore[return-value]


def visit_on_time(name: str, start: dt.datetime) -> None:
    with time_machine.travel(start - 3 * DAY, tick=False):
        booking = BookingFactory(start=start, end=start + dt.timedelta(hours=1), resource=ResourceFactory(name=name))
    with time_machine.travel(start, tick=False):
        booking.start_work(Change(via=Via.TECHNICIAN, at=start))


def test_messages_are_for_those_who_may_see_them() -> None:
    client = Client()
    client.force_login(person("planner", ["view_booking"]))
    assert "report=messages" not in page(client)
    assert "<h2>Punctuality</h2>" in page(client, report="messages")


def test_files_have_the_numbers_of_the_page_and_no_formulas(client: Client) -> None:
    visit_on_time("=HYPERLINK(evil)", NOW - DAY)
    visit_on_time("Anna", NOW - 35 * DAY)
    asked = {"report": "punctuality", "by": "technician"}
    assert "<bdi>=HYPERLINK(evil)</bdi>" in page(client, **asked)
    files = {kind: file(client, kind, **asked).content for kind in ("csv", "xlsx")}
    lines = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert lines[0][:3] == ["Technician", "Share on time", "Took place"]
    assert lines[0][-1] == "Share on time before"
    assert [(line[0], line[1], line[2], line[-1]) for line in lines[1:]] == [
        ("'=HYPERLINK(evil)", "1.0", "1", ""),
        ("Anna", "", "0", "1.0"),
        ("All", "1.0", "1", "1.0"),
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(evil)", "Anna", "All"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    visit_on_time("A;=1+1", NOW - DAY)
    assert b"A;'=1+1" in file(client, "csv", **asked).content


def test_a_file_is_asked_for_by_a_button_and_the_audit_trail_has_it(client: Client) -> None:
    visit_on_time("Anna", NOW - DAY)
    client.get(reverse("admin:reports"), {"file": "csv"})
    assert not AuditEntry.objects.filter(action="report exported").exists(), "a link that is fetched ahead takes none"
    file(client, "csv", report="ratings", by="technician")
    entry = AuditEntry.objects.get(action="report exported")
    assert (entry.why.split(", ")[:2], entry.way) == (["CSV", "ratings"], "settings")
    assert entry.by_name


def test_a_period_that_cannot_be_is_put_right_and_said(client: Client) -> None:
    own = {"span": "own", "from": "2027-04-05", "to": "2027-04-11"}
    assert "Mon 5 Apr 2027 to Sun 11 Apr 2027. Compared with Mon 29 Mar 2027 to Sun 4 Apr 2027." in page(client, **own)
    for wrong in (
        {"from": "2027-02-30"},
        {"to": "\0"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"from": "2999-01-01"},
    ):
        assert "This is the nearest one." in page(client, **(own | wrong))
    assert page(client, span="many", by="nothing", report="none").count("Compared with Mon 22 Feb 2027") == 1


def test_messages_count_by_state_channel_and_the_last_provider(client: Client) -> None:
    contact = ContactFactory()
    for at, state, providers in (
        (1, State.SENT, ["smtp"]),
        (1, State.FAILED, ["twilio", "vonage"]),
        (2, State.SUPPRESSED, []),
    ):
        channel = "email" if state == State.SENT else "sms"
        message = CustomerNotification.objects.create(
            event="booked",
            channel=channel,
            contact=contact,
            state=state,
            created_at=NOW - at * DAY,
            dedupe_key=f"{state}",
        )
        for provider in providers:
            NotificationAttempt.objects.create(notification=message, provider=provider)
    days = [(NOW - at * DAY).date() for at in (2, 1)]
    before = page(client, report="messages", by="provider")
    for day in days:
        message_counts.keep_day(day, NOW)
        message_counts.keep_day(day, NOW)
    assert list(
        MessageCount.objects.order_by("day", "channel").values_list("day", "state", "channel", "provider", "number")
    ) == [
        (days[0], "suppressed", "sms", "", 1),
        (days[1], "sent", "email", "smtp", 1),
        (days[1], "failed", "sms", "vonage", 1),
    ]
    kept = page(client, report="messages", by="provider")
    assert ("vonage" in kept, "twilio" in kept, "nobody was asked" in kept) == (True, False, True)
    table = kept.partition("<tbody>")[2].partition("</table>")[0]
    assert before.partition("<tbody>")[2].partition("</table>")[0] == table
