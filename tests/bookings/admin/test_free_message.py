"""A free message: looked at before, to each customer once, by the rules of every message, and never twice."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.admin import free_message
from bookings.models import Booking, BulkChange
from fsportal.models import Contact, PortalSettings, User
from fsportal.settings_area.parts import change_url
from notifications.customers import delivery
from notifications.models import AppNotification, CustomerNotification, MessageBundle, Reason, StaffMessage, State
from tests.factories import AccountFactory, BookingFactory, ContactFactory, UserFactory, WorkOrderFactory
from tests.portal.stage import NOW, company
from tests.servers import Answer, SmtpSink, TwilioServer

HOUR = dt.timedelta(hours=1)
WORDS = "We are closed on Friday.\n\nSorry <b>!</b>"


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        company()
        yield traveller


@pytest.fixture
def desk(clock: object) -> Client:
    client = Client()
    client.force_login(UserFactory(username="dora", is_staff=True, groups=["dispatcher"]))
    return client


def visits(number: int = 1, account: dict[str, Any] | None = None, *, days: int = 3, **contact: Any) -> list[Booking]:
    home = AccountFactory(**(account or {}))
    whom = ContactFactory(account=home, **contact)
    start = NOW + dt.timedelta(days=days)
    return [
        BookingFactory(work_order=WorkOrderFactory(account=home, reported_by=whom), start=start, end=start + HOUR)
        for _ in range(number)
    ]


def contact_of(bookings: list[Booking]) -> Contact:
    found = bookings[0].work_order.reported_by
    assert found is not None
    return found


def chosen(client: Client, bookings: list[Booking]) -> str:
    data = {"action": "bulk_write", ACTION_CHECKBOX_NAME: [str(booking.pk) for booking in bookings]}
    answer = client.post(reverse("admin:bookings_booking_changelist") + "?when=all", data)
    assert answer.status_code == 302
    return str(answer["Location"])


def written(**changed: Any) -> dict[str, Any]:
    return {"subject": "", "body": WORDS, "channels": ["email", "sms"], "pk": str(uuid.uuid4()), **changed}


def seen(html: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', html)
    assert found is not None
    return found[1]


def test_each_customer_gets_it_once_and_whoever_does_not_is_named_before(
    desk: Client, smtp: SmtpSink, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    company()  # the servers' fixtures give it another name
    five = visits(5, days=2, name="Five Visits", email="five@example.com", mobile_phone="+442079460005", language="de")
    stopped = visits(name="No Texts", email="no.texts@example.com", mobile_phone="+442079460006")
    gone = visits(name="Opted Out", email="", mobile_phone="+442079460007")
    barred = visits(account={"is_excluded": True}, name="Excluded One", email="x@example.com")
    silent = visits(name="No Address", email="", mobile_phone="")
    for booking in (*stopped, *gone):
        contact_of([booking]).opt_out("sms", how="sms")
    page = chosen(desk, [*five, *stopped, *gone, *barred, *silent])
    CustomerNotification.objects.all().delete()
    first = desk.get(page).content.decode()
    assert "Send to" not in first
    assert [name in first for name in ("Five Visits", "Opted Out", "No Address")] == [True, True, True]
    said = written()
    looked = desk.post(page, said).content.decode()
    assert "Send to 2 people" in looked
    assert "/unsubscribe/" not in looked
    for words in (
        "Nachricht von Brightside Plumbing",
        "Brightside Plumbing: We are closed on Friday. Sorry &lt;b&gt;!",
    ):
        assert words in looked
    for why in (Reason.OPTED_OUT, Reason.EXCLUDED_ACCOUNT, Reason.NO_ADDRESS):
        assert str(why.label) in looked
    assert looked.count("Five Visits</a>") == 1
    assert not StaffMessage.objects.exists()

    # Words that were changed after the look are not sent unseen.
    changed = desk.post(page, said | {"body": "Other words", "seen": seen(looked), "send": "1"})
    assert "changed after you looked" in changed.content.decode()
    assert not CustomerNotification.objects.exists()
    for _ in range(2):
        sent = desk.post(page, said | {"seen": seen(looked), "send": "1"})
    assert sent.status_code in (200, 302)
    message = StaffMessage.objects.get()
    assert (BulkChange.objects.get().finished_at is not None, message.body) == (True, WORDS)
    delivery.drain()
    assert sorted(mail["To"] for mail in smtp.messages) == [
        "Five Visits <five@example.com>",
        "No Texts <no.texts@example.com>",
    ]
    assert {mail["Subject"] for mail in smtp.messages} == {
        "Nachricht von Brightside Plumbing",
        "Message from Brightside Plumbing",
    }
    assert [one["To"] for one in twilio.messages] == ["+442079460005"]
    suppressed = CustomerNotification.objects.filter(state=State.SUPPRESSED)
    assert dict(suppressed.values_list("contact__name", "reason")) == {
        "No Texts": Reason.OPTED_OUT,
        "Opted Out": Reason.OPTED_OUT,
        "Excluded One": Reason.EXCLUDED_ACCOUNT,
        "No Address": Reason.NO_ADDRESS,
    }
    assert "Sent" in desk.get(reverse("admin:notifications_staffmessage_change", args=[message.pk])).content.decode()


def test_two_pages_with_the_same_bookings_send_once_and_words_are_what_a_phone_can_get(
    desk: Client, rf: RequestFactory
) -> None:
    change = BulkChange.objects.get(pk=chosen(desk, visits()).rstrip("/").split("/")[-2])
    CustomerNotification.objects.all().delete()
    looked = seen(desk.post(change_url(change), written()).content.decode())
    # Both have read the bulk change before either started it, and each page has an id of its own.
    for other in [BulkChange.objects.get(pk=change.pk) for _ in range(2)]:
        request = rf.post("/", written(seen=looked, send="1"))
        request.user, request.session = User.objects.get(username="dora"), desk.session
        setattr(request, "_messages", FallbackStorage(request))  # noqa: B010
        assert free_message.of_bookings(request, other).status_code == 302
    assert StaffMessage.objects.count() == 1
    assert CustomerNotification.objects.count() == 2, "one by email, one by text"
    contact = reverse("admin:write-to-contact", args=[contact_of(visits()).pk])
    for nothing, why in (("\u2060\u200b", "Write what the customers"), ("x" * 1600, "too long for a text message")):
        assert why in desk.post(contact, written(body=nothing)).content.decode()


def test_at_night_it_waits_and_what_fails_is_one_card(
    desk: Client, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    contact = contact_of(visits(mobile_phone="+442079460005"))
    CustomerNotification.objects.all().delete()
    page = reverse("admin:write-to-contact", args=[contact.pk])
    clock.move_to(NOW.replace(hour=22))
    said = written(channels=["sms"])
    looked = desk.post(page, said).content.decode()
    assert "waits for the hours in which messages go out" in looked
    desk.post(page, said | {"seen": seen(looked), "send": "1"})
    delivery.drain()
    row = CustomerNotification.objects.get()
    assert (row.state, row.reason, row.due_at) == (
        State.QUEUED,
        Reason.QUIET_HOURS,
        NOW.replace(hour=8) + dt.timedelta(days=1),
    )
    clock.move_to(row.due_at)
    twilio.answer = Answer(400, {"code": 21211, "message": "no", "status": 400})
    delivery.drain()
    [card] = AppNotification.objects.filter(kind="free_message_undelivered")
    assert (card.title, twilio.messages) == ("A free message did not arrive: 1", [])


def test_who_may_not_write_cannot_and_what_is_missing_is_said(desk: Client) -> None:
    contact: Contact = ContactFactory()
    page = reverse("admin:write-to-contact", args=[contact.pk])
    reader = Client()
    reader.force_login(UserFactory(is_staff=True, groups=["read-only"]))
    assert [reader.get(page).status_code, reader.post(page, written()).status_code] == [403, 403]
    assert desk.get(reverse("admin:write-to-contact", args=[uuid.uuid4()])).status_code == 404
    mistakes: list[dict[str, Any]] = [
        {"body": ""}, {"channels": []}, {"channels": ["fax"]}, {"subject": "a\u202eb"}, {"pk": "x"}
    ]  # fmt: skip
    for wrong in mistakes:
        assert desk.post(page, written(**wrong) | {"send": "1", "seen": "x"}).status_code == 400
    PortalSettings.objects.update(communication_type="email")
    assert 'value="sms"' not in desk.get(page).content.decode()
    assert not StaffMessage.objects.exists()


def test_thousands_are_planned_and_queued_with_few_statements(desk: Client) -> None:
    start = NOW + dt.timedelta(days=3)
    contacts = Contact.objects.bulk_create(
        Contact(account=AccountFactory(), name=f"C {number}", email=f"c{number}@example.com") for number in range(12)
    )
    some: list[Booking] = [
        BookingFactory(work_order=WorkOrderFactory(account=one.account, reported_by=one), start=start, end=start + HOUR)
        for one in contacts
    ]
    pages, counts = [chosen(desk, some[:2]), chosen(desk, some)], []
    CustomerNotification.objects.all().delete()
    for page in pages:
        said = written()
        desk.get(page)
        with CaptureQueriesContext(connection) as queries:
            looked = desk.post(page, said).content.decode()
            desk.post(page, said | {"seen": seen(looked), "send": "1"})
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert CustomerNotification.objects.count() == 14
    assert not MessageBundle.objects.exists()
