"""Taking a card: colleagues see who is on it, and it leaves their badge; one gets it, and can give it back."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from fsportal.models import User
from notifications.inapp import cards, staff_cards, taking
from notifications.models import AppNotification
from notifications.tasks import look_after_cards
from tests.factories import AccountFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.inapp.test_center import polled, titles
from tests.notifications.web_api.stage import READ, note, person

pytestmark = pytest.mark.django_db

KIND = "test_taken"
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def ann() -> User:
    return person(READ, username="ann", first_name="Ann", last_name="One")


@pytest.fixture
def ben() -> User:
    return person(READ, username="ben", first_name="Ben", last_name="Two")


@pytest.fixture
def record(ann: User, ben: User) -> Any:
    staff_cards.register(card_kind(KIND))
    record = AccountFactory()
    staff_cards.tell(KIND, [ann, ben], record, says(title="Alarm"))
    return record


def card_of(user: User) -> AppNotification:
    return AppNotification.objects.get(owner=user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def unseen(user: User) -> int:
    return cards.unseen(user, timezone.now())


def press(user: User, verb: str, **fields: str) -> Any:
    return signed_in(user).post(f"/notifications/{card_of(user).pk}/{verb}", fields, headers=FETCH)


def text(user: User) -> str:
    return signed_in(user).get("/notifications/").content.decode()


def test_colleagues_see_who_is_on_it_and_it_leaves_their_badge_but_not_their_list(
    record: Any, ann: User, ben: User
) -> None:
    assert "I'll take it" in text(ann).replace("&#x27;", "'")
    assert press(ann, "take").json() == {"said": "You are on it. Your colleagues see that."}
    assert (unseen(ann), unseen(ben)) == (0, 0)
    assert titles(signed_in(ben)) == ["Alarm"]
    assert "Ann One is on it" in text(ben)
    assert "note-taken" in text(ben)
    assert "You are on it" in text(ann)
    assert "note-taken" not in text(ann)
    assert json.loads(polled(signed_in(ben)).content)["waiting"] == []


def test_given_back_it_is_new_again_for_those_whom_it_was_new_for(record: Any, ann: User, ben: User) -> None:
    cid = person(READ, username="cid")
    staff_cards.tell(KIND, [ann, ben, cid], record, says(title="Alarm"))
    AppNotification.note_all_seen(cid)
    press(ann, "take")
    assert press(ann, "give-back").json()["said"].startswith("Given back")
    assert (unseen(ann), unseen(ben), unseen(cid)) == (0, 1, 0)
    assert "is on it" not in text(ben)
    assert press(ann, "give-back").status_code == 409


def test_the_second_is_told_who_has_it_and_may_take_it_over(record: Any, ann: User, ben: User) -> None:
    press(ann, "take")
    answer = press(ben, "take")
    assert (answer.status_code, answer.json()) == (409, {"said": "Ann One is on it already."})
    assert press(ben, "take", instead_of=str(ann.pk)).status_code == 200
    assert "Ben Two is on it" in text(ann)
    # Ann's page still shows herself on it; what it relieves is not true any more.
    assert press(ann, "give-back").status_code == 409
    assert press(person_with_card(record), "take", instead_of=str(ann.pk)).json()["said"] == "Ben Two is on it already."


def person_with_card(record: Any) -> User:
    user = person(READ)
    staff_cards.tell(KIND, [user], record, says(title="Alarm"))
    AppNotification.objects.filter(owner=user).update(taken_by=User.objects.get(username="ben"))
    return user


def test_taking_twice_is_taking_once(record: Any, ann: User) -> None:
    assert [press(ann, "take").status_code for _time in range(2)] == [200, 200]


def test_a_card_of_ones_own_and_what_people_send_cannot_be_taken(ann: User, ben: User) -> None:
    staff_cards.register(card_kind(KIND))
    staff_cards.tell(KIND, [ann], AccountFactory(), says(title="Alone"))
    assert "take it" not in text(ann)
    for user in (ann, ben):
        note(user)
    assert "take it" not in text(ben)
    assert press(ben, "take").status_code == 409


def test_of_somebody_elses_card_nobody_takes_anything(record: Any, ann: User, ben: User) -> None:
    stranger = person(READ)
    for verb in ("take", "give-back", "snooze", "wake"):
        answer = signed_in(stranger).post(f"/notifications/{card_of(ann).pk}/{verb}", headers=FETCH)
        assert answer.status_code == 409
    assert card_of(ann).taken_by is None


def test_news_is_new_for_whoever_is_on_it_and_quiet_for_the_others(record: Any, ann: User, ben: User) -> None:
    press(ann, "take")
    cid = person(READ, username="cid")
    staff_cards.tell(KIND, [ann, ben, cid], record, says(title="News"))
    assert [unseen(user) for user in (ann, ben, cid)] == [1, 0, 0]
    assert all("Ann One is on it" in text(user) for user in (ben, cid))
    press(ann, "give-back")
    assert [unseen(user) for user in (ben, cid)] == [1, 1]


def test_news_alarms_everybody_when_whoever_was_on_it_does_not_hear_it(record: Any, ann: User, ben: User) -> None:
    press(ann, "take")
    staff_cards.tell(KIND, [ben], record, says(title="News"))
    assert unseen(ben) == 1
    assert card_of(ben).taken_by is None


def test_who_left_is_on_nothing(record: Any, ann: User, ben: User) -> None:
    press(ann, "take")
    look_after_cards()
    assert unseen(ben) == 0
    User.objects.filter(pk=ann.pk).update(is_active=False)
    look_after_cards()
    assert (unseen(ben), card_of(ben).taken_by) == (1, None)
    taking.take(ben, card_of(ben).pk)
    other = person(READ)
    staff_cards.tell(KIND, [ben, other], record, says(title="Alarm"))
    ben.delete()
    look_after_cards()
    assert (unseen(other), card_of(other).taken_at) == (1, None)


def test_its_end_takes_it_from_everybody(record: Any, ann: User, ben: User) -> None:
    press(ann, "take")
    assert staff_cards.withdraw(KIND, record) == 2


def test_every_bell_hears_of_it(record: Any, ann: User, ben: User, django_capture_on_commit_callbacks: Any) -> None:
    page = signed_in(ben)
    for verb in (taking.take, taking.give_back):
        etag = polled(page)["ETag"]
        assert polled(page, etag).status_code == 304
        with django_capture_on_commit_callbacks(execute=True):
            verb(ann, card_of(ann).pk)
        assert polled(page, etag).status_code == 200


def test_without_scripts_the_center_says_what_came_of_it(ann: User, ben: User) -> None:
    ann = person(READ, is_staff=True)
    staff_cards.register(card_kind(KIND))
    staff_cards.tell(KIND, [ann, ben], AccountFactory(), says(title="Alarm"))
    page = signed_in(ann)
    shown = page.post(f"/notifications/{card_of(ann).pk}/take", follow=True).content.decode()
    assert "You are on it. Your colleagues see that." in shown


def test_the_list_costs_as_many_questions_with_many_cards(
    ann: User, ben: User, django_assert_max_num_queries: Any
) -> None:
    staff_cards.register(card_kind(KIND))
    for _time in range(12):
        staff_cards.tell(KIND, [ann, ben], AccountFactory(), says(title="Alarm"))
    taking.take(ben, AppNotification.objects.filter(owner=ben)[0].pk)
    page = signed_in(ann)
    with django_assert_max_num_queries(14):
        page.get("/notifications/?part=1")
    assert dt.timedelta(0) <= timezone.now() - AppNotification.objects.latest("taken_at").created_on
