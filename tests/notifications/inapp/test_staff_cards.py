"""What the product tells staff by itself: one card per record and kind, by choice, taken back when it is over."""

import datetime as dt

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone, translation

from fsportal.models import PortalSettings, User
from notifications.inapp import staff_cards
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification, InAppPreferences, Mute
from notifications.models.app_notification import UNDO_FOR, expire
from tests.factories import AccountFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.inapp.test_send import READ, person

pytestmark = pytest.mark.django_db

KIND = "test_kind"


@pytest.fixture(autouse=True)
def kind() -> None:
    staff_cards.register(card_kind(KIND, "Test", "For tests."))


@pytest.fixture
def reading() -> User:
    return person(READ)


def test_the_same_record_renews_its_card_instead_of_piling_up(reading: User) -> None:
    record = AccountFactory()
    staff_cards.tell(KIND, [reading], record, says(title="first"))
    first = AppNotification.objects.get()
    AppNotification.note_seen(reading, [first.pk])
    staff_cards.tell(KIND, [reading], record, says(title="second"))
    again = AppNotification.objects.get()
    assert (again.pk, again.title, again.seen_at) == (first.pk, "second", None)
    assert again.created_on > first.created_on
    staff_cards.tell(KIND, [reading], AccountFactory(), says(title="another record"))
    assert AppNotification.objects.count() == 2


def test_a_dismissed_card_comes_back_with_the_news_and_undoing_that_makes_no_second_one(reading: User) -> None:
    record = AccountFactory()
    staff_cards.tell(KIND, [reading], record, says(title="first"))
    first = AppNotification.objects.get()
    for undone in ({"pk": first.pk}, {"dismissed": AppNotification.dismiss_all(reading, until=timezone.now())}):
        AppNotification.dismiss(reading, first.pk)
        staff_cards.tell(KIND, [reading], record, says(title="second"))
        AppNotification.undo(reading, **undone)
        assert AppNotification.objects.live(timezone.now()).get().title == "second"


def test_an_expired_card_comes_back_with_the_news(reading: User) -> None:
    record = AccountFactory()
    staff_cards.tell(KIND, [reading], record, says(title="first", expiry=1))
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=2), tick=False):
        staff_cards.tell(KIND, [reading], record, says(title="second"))
        assert AppNotification.objects.live(timezone.now()).get().title == "second"


def test_what_one_kind_tells_of_a_record_leaves_other_kinds_and_people_alone(reading: User) -> None:
    record, other = AccountFactory(), person(READ)
    staff_cards.register(card_kind("test_other", "Other", "For tests."))
    for kind, user in ((KIND, reading), ("test_other", reading), (KIND, other)):
        staff_cards.tell(kind, [user], record, says(title=f"{kind} {user}"))
    staff_cards.tell(KIND, [reading], record, says(title="news"))
    titles = set(AppNotification.objects.values_list("title", flat=True))
    assert titles == {"news", f"test_other {reading}", f"{KIND} {other}"}
    assert staff_cards.withdraw(KIND, record) == 2
    assert AppNotification.objects.get().kind == "test_other"


def test_a_renewed_card_comes_as_a_toast_again(reading: User) -> None:
    record = AccountFactory()
    staff_cards.tell(KIND, [reading], record, says(title="first"))
    AppNotification.note_toasted(reading, [AppNotification.objects.get().pk])
    assert not AppNotification.objects.for_toast().exists()
    staff_cards.tell(KIND, [reading], record, says(title="second"))
    assert AppNotification.objects.for_toast().exists()


def test_a_kind_that_nobody_registered_is_a_mistake(reading: User) -> None:
    with pytest.raises(LookupError, match="made_up"):
        staff_cards.tell("made_up", [reading], AccountFactory(), says(title="t"))


def test_who_does_not_want_it_or_cannot_read_is_left_out(reading: User) -> None:
    record = AccountFactory()
    off, muted, blind = person(READ), person(READ), person()
    InAppPreferences.objects.create(user=off, unwanted_kinds=[KIND])
    Mute.objects.create(user=muted, regarding_type=ContentType.objects.get_for_model(record), regarding_id=record.pk)
    assert staff_cards.tell(KIND, [reading, off, muted, blind], record, says(title="t")) == 1
    assert AppNotification.objects.get().owner == reading
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_notifications": False})
    assert staff_cards.tell(KIND, [reading], AccountFactory(), says(title="t")) == 0


def test_what_is_true_no_longer_is_taken_back(reading: User) -> None:
    record, other = AccountFactory(), AccountFactory()
    for one in (record, other):
        staff_cards.tell(KIND, [reading], one, says(title="t"))
    assert staff_cards.withdraw(KIND, record) == 1
    assert AppNotification.objects.get().regarding == other


def test_expiry_deletes_what_is_over_and_nothing_else(reading: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.models.app_notification.CHUNK", 2)
    now = timezone.now()
    for seconds in (1, 1, 1, 1000):
        send_app_notification(title=str(seconds), recipient=reading, expiry=seconds)
    dismissed = send_app_notification(title="dismissed", recipient=reading)
    AppNotification.dismiss(reading, dismissed.pk)
    with time_machine.travel(now + dt.timedelta(seconds=2), tick=False):
        assert AppNotification.objects.live(timezone.now()).count() == 1
        assert expire(timezone.now()) == 3
        assert AppNotification.undo(reading, pk=dismissed.pk) == 1
        AppNotification.dismiss(reading, dismissed.pk)
    late = now + dt.timedelta(seconds=3) + UNDO_FOR
    assert expire(late) == 1
    assert AppNotification.objects.get().title == "1000"


def test_each_reads_a_card_in_their_own_language_and_nobody_gets_two(reading: User) -> None:
    german = person(READ, language="de")
    record = AccountFactory()
    for _time in range(2):  # the second time the cards are renewed
        staff_cards.tell(KIND, [reading, german], record, lambda: {"title": translation.get_language()})
    titles = dict(AppNotification.objects.values_list("owner", "title"))
    assert titles == {reading.pk: "en", german.pk: "de"}
