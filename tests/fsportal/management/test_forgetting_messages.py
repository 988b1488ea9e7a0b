"""The words and addresses of old messages go; what they told stays, and who was told of a visit still ahead."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from bookings.messages.told import Told
from bookings.models import Booking
from fsportal.lib import chunks
from fsportal.management import cleaning
from fsportal.models import Contact, PortalSettings, User
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, State
from tests.factories import BookingFactory, ContactFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WRITTEN = {
    "to": "ann@example.com",
    "subject": "Your visit",
    "words": "Dear Ann",
    "detail": "250 ok",
    "provider_id": "x",
}
BLANK = dict.fromkeys(WRITTEN, "")


def booking(days: int) -> Booking:
    """Return a visit that begins in so many days."""
    made: Booking = BookingFactory(start=timezone.now() + days * DAY)
    return made


def message(days: int, about: Booking | None = None, state: str = State.SENT, **values: Any) -> CustomerNotification:
    """Return a message from so many days ago."""
    at = timezone.now() - days * DAY
    row = CustomerNotification.objects.create(
        event="upcoming",
        channel="email",
        regarding=about,
        contact=about.reported_by if about else None,
        dedupe_key=f"{CustomerNotification.objects.count()}",
        state=state,
        created_at=at,
        told_at=at,
        named_time=about.start if about else None,
        **(WRITTEN | values),
    )
    NotificationAttempt.objects.create(
        notification=row, provider="smtp", outcome=AttemptOutcome.ACCEPTED, detail="ann@example.com", provider_id="x"
    )
    return row


def held(row: CustomerNotification) -> dict[str, str]:
    row.refresh_from_db()
    return {name: getattr(row, name) for name in WRITTEN}


def keep_for(days: int) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"messages_kept_days": days})


def test_after_ninety_days_words_and_addresses_go_and_the_rest_stays() -> None:
    old, young = message(91, booking(-60)), message(89, booking(-60))
    told = (old.told_at, old.named_time, old.contact_id, old.regarding_id)
    assert cleaning.clean_up().endswith(" and 1 messages.")
    assert held(old) == BLANK
    assert (old.told_at, old.named_time, old.contact_id, old.regarding_id) == told
    assert (old.state, old.event) == (State.SENT, "upcoming")
    attempt = old.attempts.get()
    assert (attempt.detail, attempt.provider_id, attempt.outcome) == ("", "", AttemptOutcome.ACCEPTED)
    assert held(young) == WRITTEN
    assert cleaning.clean_up().endswith(" and 0 messages.")


@pytest.mark.parametrize("state", State.open())
def test_what_has_not_ended_keeps_its_words(state: str) -> None:
    waiting = message(400, state=state)
    cleaning.clean_up()
    assert held(waiting) == WRITTEN


def test_who_was_told_of_a_visit_still_ahead_keeps_the_address() -> None:
    ahead, lately, past = (message(200, booking(days)) for days in (30, -29, -31))
    cleaning.clean_up()
    assert [held(one) for one in (ahead, lately, past)] == [WRITTEN, WRITTEN, BLANK]


def test_a_contact_that_was_made_again_is_still_known_to_have_been_told() -> None:
    visit = booking(30)
    told = message(200, visit)
    CustomerNotification.objects.update(contact=None)
    cleaning.clean_up()
    again: Contact = ContactFactory(email="ann@example.com")
    assert Told.about(visit).start(again) == told.named_time


def test_a_visit_that_is_past_is_still_known_to_have_been_told() -> None:
    visit = booking(-60)
    message(200, visit)
    cleaning.clean_up()
    assert Told.about(visit).start(visit.reported_by) == visit.start


def test_the_settings_say_how_long() -> None:
    rows = [message(days) for days in (400, 20, 5)]
    keep_for(0)
    cleaning.clean_up()
    assert [held(row) for row in rows] == [WRITTEN] * 3
    keep_for(10)
    call_command("expire_due")
    assert [held(row) for row in rows] == [BLANK, BLANK, WRITTEN]


def test_a_run_that_is_out_of_time_asks_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks.in_chunks, "__kwdefaults__", {"chunk": 2})
    rows = [message(100 + number) for number in range(5)]
    assert cleaning.clean_up(budget=0).endswith(" and 2 messages.")
    assert [task.func() for task in OrmQ.objects.all()] == [cleaning.TASK]
    assert sum(held(row) == BLANK for row in rows) == 2
    assert cleaning.clean_up(budget=None).endswith(" and 3 messages.")


def test_the_search_for_old_messages_has_an_index_of_its_own() -> None:
    message(100)
    with CaptureQueriesContext(connection) as queries:
        cleaning.clean_up()
    (select,) = [q["sql"] for q in queries if '"forgotten_at" IS NULL' in q["sql"] and "LIMIT 1000" in q["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {select}")
            plan = " ".join(str(row[3]) for row in cursor.fetchall())
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")  # the table is all but empty
            cursor.execute(f"EXPLAIN {select}")
            plan = " ".join(str(row[0]) for row in cursor.fetchall())
    assert "outbox_to_forget" in plan


def test_the_page_of_such_a_message_says_where_its_words_are(client: Client, admin: User) -> None:
    old = message(100)
    cleaning.clean_up()
    client.force_login(admin)
    page = client.get(f"/admin/notifications/customernotification/{old.pk}/change/").content.decode()
    assert "Words and address were deleted on" in page
