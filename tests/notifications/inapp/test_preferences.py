"""The page where staff choose what they hear, and muting a record from its card."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fsportal.models import PortalSettings, User
from notifications.inapp import staff_cards
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification, InAppPreferences, Mute, ToastTime
from tests.factories import AccountFactory, UserFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.inapp.test_send import READ, person

pytestmark = pytest.mark.django_db

PAGE = "/notifications/preferences/"
KINDS = ("test_loud", "test_quiet")


@pytest.fixture(autouse=True)
def kinds() -> None:
    for name in KINDS:
        staff_cards.register(card_kind(name, name.replace("_", " "), f"Says {name}."))


@pytest.fixture
def reading() -> User:
    return person(READ)


@pytest.fixture
def page(client: Client, reading: User) -> Client:
    client.force_login(reading)
    return client


def all_names() -> list[str]:
    return [kind.name for kind in staff_cards.kinds()]


def told(user: User, record: Any = None, kind: str = KINDS[0]) -> AppNotification:
    record = record or AccountFactory()
    staff_cards.tell(kind, [user], record, says(title="Something moved"))
    return AppNotification.objects.filter(owner=user, kind=kind).latest("created_on")


# --- Who ------------------------------------------------------------------------------------------------------------


def test_strangers_sign_in_and_who_has_no_bell_is_refused(client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
    client.force_login(UserFactory())
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"toast_time": "off"}).status_code == 403
    assert not InAppPreferences.objects.exists()


def test_with_the_feature_off_there_are_no_preferences(page: Client) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_notifications": False})
    assert page.get(PAGE).status_code == 403


@pytest.mark.parametrize("address", ["{pk}/mute", "preferences/{pk}/unmute"])
def test_muting_takes_a_post(page: Client, address: str) -> None:
    assert page.get(f"/notifications/{address.format(pk=uuid.uuid4())}").status_code == 405


# --- Choosing -------------------------------------------------------------------------------------------------------


def test_looking_changes_nothing_and_shows_every_kind_with_what_it_says(page: Client) -> None:
    answer = page.get(PAGE)
    text = answer.content.decode()
    assert all(str(kind.label) in text and str(kind.says) in text for kind in staff_cards.kinds())
    assert text.count('type="checkbox"') == text.count("checked") - 1  # every kind comes, and one toast time is chosen
    assert not InAppPreferences.objects.exists()
    assert "no-store" in answer["Cache-Control"]


def test_a_kind_without_its_tick_does_not_come_any_more(page: Client, reading: User) -> None:
    wanted = [name for name in all_names() if name != "test_quiet"]
    answer = page.post(PAGE, {"toast_time": ToastTime.LONGER, "kinds": wanted}, follow=True)
    assert "Your choices are saved." in answer.content.decode()
    chosen = InAppPreferences.objects.get(user=reading)
    assert (chosen.toast_time, chosen.unwanted_kinds) == (ToastTime.LONGER, ["test_quiet"])
    assert staff_cards.tell("test_quiet", [reading], AccountFactory(), says(title="t")) == 0
    assert staff_cards.tell("test_loud", [reading], AccountFactory(), says(title="t")) == 1
    page.post(PAGE, {"toast_time": "default", "kinds": all_names()})
    assert staff_cards.tell("test_quiet", [reading], AccountFactory(), says(title="t")) == 1


def test_a_toast_time_holds_from_the_next_poll_on(page: Client, django_capture_on_commit_callbacks: Any) -> None:
    before = page.get("/notifications/poll")
    with django_capture_on_commit_callbacks(execute=True):
        page.post(PAGE, {"toast_time": "stays", "kinds": all_names()})
    after = page.get("/notifications/poll", headers={"If-None-Match": before["ETag"]})
    assert (json.loads(before.content)["seconds"], json.loads(after.content)["seconds"]) == (4, 0)


@pytest.mark.parametrize("sent", [{}, {"toast_time": "forever"}, {"toast_time": "off", "kinds": ["made up"]}])
def test_what_is_not_offered_is_refused_beside_its_field(page: Client, sent: dict[str, Any]) -> None:
    answer = page.post(PAGE, sent)
    assert "choose-error" in answer.content.decode()
    assert not InAppPreferences.objects.exists()


# --- Muting ---------------------------------------------------------------------------------------------------------


def test_a_record_is_muted_from_its_card_and_heard_of_again_from_the_page(page: Client, reading: User) -> None:
    record = AccountFactory(name="Brightside Plumbing")
    card = told(reading, record)
    assert f"/notifications/{card.pk}/mute" in page.get("/notifications/").content.decode()
    for _time in range(2):
        answer = page.post(f"/notifications/{card.pk}/mute", follow=True)
    assert "Muted." in answer.content.decode()
    assert "You muted this record." in answer.content.decode()
    mute = Mute.objects.get()
    assert staff_cards.tell(KINDS[0], [reading], record, says(title="t")) == 0
    assert "Brightside Plumbing" in page.get(PAGE).content.decode()
    for _time in range(2):
        page.post(f"/notifications/preferences/{mute.pk}/unmute")
    assert staff_cards.tell(KINDS[0], [reading], record, says(title="t")) == 1


def test_nobody_mutes_by_anothers_card_nor_takes_back_anothers_mute(page: Client, reading: User) -> None:
    other = person(READ)
    card = told(other)
    assert page.post(f"/notifications/{card.pk}/mute").status_code == 404
    assert card.regarding_type is not None
    assert card.regarding_id is not None
    Mute.mute(other, card.regarding_type, card.regarding_id)
    page.post(f"/notifications/preferences/{Mute.objects.get().pk}/unmute")
    assert Mute.objects.get().user == other


def test_what_people_send_cannot_be_muted(page: Client, reading: User) -> None:
    card = send_app_notification(title="From a person", recipient=reading)
    assert "Mute this record" not in page.get("/notifications/").content.decode()
    assert page.post(f"/notifications/{card.pk}/mute").status_code == 404


def test_a_muted_record_that_was_deleted_can_be_unmuted(page: Client, reading: User) -> None:
    record = AccountFactory()
    card = told(reading, record)
    page.post(f"/notifications/{card.pk}/mute")
    record.delete()
    assert "a record that has been deleted" in page.get(PAGE).content.decode()


def test_mutes_cost_the_same_queries_however_many(page: Client, reading: User) -> None:
    counts = []
    for more in (1, 6):
        for _time in range(more):
            page.post(f"/notifications/{told(reading).pk}/mute")
        page.get(PAGE)  # takes the messages off
        with CaptureQueriesContext(connection) as caught:
            page.get(PAGE)
        counts.append(len(caught))
    assert counts[0] == counts[1]
