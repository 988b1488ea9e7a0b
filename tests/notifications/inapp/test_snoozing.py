"""Snoozing: hidden everywhere until its time, listed apart, and back as new."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fsportal.models import User
from notifications.inapp import cards, snoozing, staff_cards
from notifications.models import AppNotification
from tests.factories import AccountFactory, ResourceFactory, UserFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.inapp.test_center import polled, titles
from tests.notifications.web_api.stage import GLOBAL, READ, Api, note, person

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = dt.datetime(2026, 3, 4, 9, 30, tzinfo=dt.UTC)
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as stopped:
        yield stopped


@pytest.fixture
def reading() -> User:
    return person(READ)


@pytest.fixture
def page(client: Client, reading: User) -> Client:
    client.force_login(reading)
    return client


def snooze(page: Client, row: AppNotification, choice: str = "1h", **fields: str) -> Any:
    return page.post(f"/notifications/{row.pk}/snooze", {"for": choice} | fields, headers=FETCH)


def snoozed_titles(page: Client) -> list[str]:
    text = page.get("/notifications/").content.decode()
    _main, _title, apart = text.partition('id="snoozed-title"')
    return [part.partition("</h3>")[0].rpartition(">")[2] for part in apart.split("<h3")[1:]]


def test_a_snoozed_card_is_hidden_from_list_badge_and_toasts_and_listed_apart_with_its_time(
    page: Client, reading: User, clock: Any
) -> None:
    row, other = note(reading, "later"), note(reading, "now")
    assert snooze(page, row).json() == {"said": "Snoozed until Wed 4 Mar, 10:30 (UTC)."}
    assert (titles(page), snoozed_titles(page)) == ([other.title], ["later"])
    assert "Until Wed 4 Mar, 10:30 (UTC)" in page.get("/notifications/").content.decode()
    answer = json.loads(polled(page).content)
    assert (answer["badge"], answer["waiting"]) == ("1", [str(other.pk)])
    assert cards.unseen(reading, timezone.now()) == 1


def test_it_comes_back_as_new_at_its_time_with_a_toast_though_it_had_been_seen(
    page: Client, reading: User, clock: Any
) -> None:
    row = note(reading, "later")
    AppNotification.note_seen(reading, [row.pk])
    AppNotification.note_toasted(reading, [row.pk])
    snooze(page, row)
    clock.shift(HOUR - dt.timedelta(seconds=1))
    assert json.loads(polled(page).content)["waiting"] == []
    clock.shift(dt.timedelta(seconds=1))
    assert (titles(page), snoozed_titles(page)) == (["later"], [])
    answer = json.loads(polled(page).content)
    assert (answer["badge"], answer["waiting"]) == ("1", [str(row.pk)])


def test_no_answer_that_was_kept_hides_it_when_its_time_has_come(page: Client, reading: User, clock: Any) -> None:
    row = note(reading)
    snooze(page, row, "15m")
    clock.shift(15 * 60 - 60)
    etag = polled(page)["ETag"]
    clock.shift(59)
    assert polled(page, etag).status_code == 304
    clock.shift(1)
    assert json.loads(polled(page, etag).content)["badge"] == "1"


def test_waking_brings_it_back_at_once(page: Client, reading: User, clock: Any) -> None:
    row = note(reading, "later")
    snooze(page, row)
    assert page.post(f"/notifications/{row.pk}/wake", headers=FETCH).json() == {"said": "It is back."}
    assert (titles(page), cards.unseen(reading, timezone.now())) == (["later"], 1)
    assert page.post(f"/notifications/{row.pk}/wake", headers=FETCH).status_code == 409


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("UTC", NOW, dt.datetime(2026, 3, 5, 8, tzinfo=dt.UTC)),
        # In New York it is still Tuesday; the clocks go forward there on the eighth of March.
        ("America/New_York", dt.datetime(2026, 3, 4, 2, tzinfo=dt.UTC), dt.datetime(2026, 3, 4, 13, tzinfo=dt.UTC)),
        ("America/New_York", dt.datetime(2026, 3, 7, 20, tzinfo=dt.UTC), dt.datetime(2026, 3, 8, 12, tzinfo=dt.UTC)),
        ("Asia/Kolkata", NOW, dt.datetime(2026, 3, 5, 2, 30, tzinfo=dt.UTC)),
    ],
)
def test_tomorrow_is_eight_in_the_morning_where_the_technician_lives(
    client: Client, zone: str, now: dt.datetime, until: dt.datetime
) -> None:
    user = UserFactory(groups=["technician"])
    ResourceFactory(user=user, time_zone=zone)
    client.force_login(user)
    with time_machine.travel(now, tick=False):
        row = note(user)
        assert snooze(client, row, "tomorrow").status_code == 200
    row.refresh_from_db()
    assert row.snoozed_until == until


def test_a_chosen_time_is_a_wall_time_of_the_users_zone_which_the_form_names(client: Client, clock: Any) -> None:
    user = UserFactory(groups=["technician"])
    ResourceFactory(user=user, time_zone="Asia/Kolkata")
    client.force_login(user)
    row = note(user)
    assert "Or until (Kolkata time)" in client.get("/notifications/").content.decode()
    assert "16:45 (Kolkata time)" in snooze(client, row, "at", at="2026-03-04T16:45").json()["said"]
    row.refresh_from_db()
    assert row.snoozed_until == dt.datetime(2026, 3, 4, 11, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("", "Choose a day and a time"),
        ("nonsense", "Choose a day and a time"),
        ("2026-13-40T00:00", "Choose a day and a time"),
        ("2026-03-04T12:00+00:00", "Choose a day and a time"),
        ("2026-03-04T09:30", "has passed"),
        ("0001-01-01T00:00", "has passed"),
        ("2026-04-04T09:30", "30 days at most"),
        ("9999-12-31T23:59", "30 days at most"),
        ("2026-03-20T09:30", "expires before"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_a_sentence_and_changes_nothing(
    page: Client, reading: User, clock: Any, at: str, said: str
) -> None:
    row = note(reading)
    answer = snooze(page, row, "at", at=at)
    assert (answer.status_code, said in answer.json()["said"]) == (409, True)
    assert said in page.post(f"/notifications/{row.pk}/snooze", {"for": "at", "at": at}, follow=True).content.decode()
    assert titles(page) == ["Hello"]


def test_a_wall_time_that_the_clocks_leave_out_is_refused() -> None:
    now = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    with pytest.raises(snoozing.WrongTime, match="does not exist"):
        snoozing.until("at", "2026-03-29T01:30", "Europe/London", now, now + 10 * DAY)


def test_nobody_snoozes_or_wakes_what_is_anothers(page: Client, clock: Any) -> None:
    row = note(person(READ))
    assert snooze(page, row).status_code == 409
    AppNotification.objects.update(snoozed_until=NOW + HOUR)
    assert page.post(f"/notifications/{row.pk}/wake", headers=FETCH).status_code == 409
    row.refresh_from_db()
    assert row.snoozed_until == NOW + HOUR


def test_what_is_done_to_all_leaves_snoozed_ones_alone(page: Client, reading: User, clock: Any) -> None:
    row = note(reading)
    snooze(page, row)
    AppNotification.note_all_seen(reading)
    AppNotification.dismiss_all(reading, until=timezone.now())
    clock.shift(HOUR)
    assert (titles(page), cards.unseen(reading, timezone.now())) == (["Hello"], 1)


def test_news_of_the_same_wakes_it(page: Client, reading: User, clock: Any) -> None:
    staff_cards.register(card_kind("test_snoozed"))
    record = AccountFactory()
    staff_cards.tell("test_snoozed", [reading], record, says(title="first"))
    snooze(page, AppNotification.objects.get())
    staff_cards.tell("test_snoozed", [reading], record, says(title="second"))
    assert (titles(page), snoozed_titles(page)) == (["second"], [])


def test_programs_see_snoozed_ones_as_before(reading: User, clock: Any) -> None:
    row = note(reading, "later")
    api = Api(person(READ, GLOBAL))
    before = api.get(f"appnotifications({row.pk})").json
    AppNotification.snooze(reading, row.pk, until=NOW + HOUR)
    assert api.get(f"appnotifications({row.pk})").json == before
    assert [one["title"] for one in api.get("appnotifications").rows] == ["later"]
    assert [one["title"] for one in Api(reading).get("appnotifications").rows] == ["later"]
