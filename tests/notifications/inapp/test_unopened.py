"""A card of high priority that nobody opens is mailed once to the people on call, unless its cause has ended."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fsportal.models import Account, PortalSettings, User
from notifications.customers import delivery, outbox
from notifications.customers.kinds import note_ends
from notifications.inapp import staff_cards, taking
from notifications.inapp.unopened import EVENT
from notifications.inapp.unopened_message import UNREACHED
from notifications.models import AppNotification, CustomerNotification, Priority, Reason, State
from notifications.tasks import expire_app_notifications, look_after_cards
from tests.factories import AccountFactory, UserFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.web_api.stage import READ, note, person
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db

KIND = "test_alarm"
MINUTE = dt.timedelta(minutes=1)
NOW = dt.datetime(2026, 3, 4, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    staff_cards.register(card_kind(KIND))
    with time_machine.travel(NOW, tick=False) as stopped:
        yield stopped


@pytest.fixture
def on_call() -> User:
    user: User = UserFactory(username="oncall", email="oncall@example.com")
    portal_settings, _made = PortalSettings.objects.update_or_create(pk=1)
    portal_settings.on_call.add(user)
    return user


@pytest.fixture
def crew() -> list[User]:
    return [person(READ), person(READ)]


def alarm(users: list[User], record: Account | None = None, **more: Any) -> Account:
    record = record or AccountFactory()
    more = {"title": "Will begin late: Boiler", "body": "Omar arrives about 11.", "priority": Priority.HIGH} | more
    staff_cards.tell(KIND, users, record, says(**more))
    return record


def mails() -> list[CustomerNotification]:
    return list(CustomerNotification.objects.filter(event=EVENT).order_by("to"))


def later(clock: Any, minutes: float) -> None:
    clock.shift(MINUTE * minutes)
    look_after_cards()


def test_nobody_opens_it_for_a_quarter_of_an_hour_and_everybody_on_call_gets_one_mail_ever(
    on_call: User, crew: list[User], clock: Any
) -> None:
    other = UserFactory(email="second@example.com")
    PortalSettings.objects.get().on_call.add(other, UserFactory(email=""), UserFactory(is_active=False))
    record = alarm(crew)
    later(clock, 14)
    assert mails() == []
    later(clock, 1)
    assert [(one.to, one.channel, one.contact) for one in mails()] == [
        (on_call.email, "email", None),
        (other.email, "email", None),
    ]
    later(clock, 1)
    alarm(crew, record)
    later(clock, 60)
    assert len(mails()) == 2, "once, also when it has been renewed"
    alarm(crew)
    later(clock, 15)
    assert len(mails()) == 4


def test_the_mail_says_what_the_card_says_and_where_to_take_it(
    on_call: User, crew: list[User], clock: Any, smtp: SmtpSink
) -> None:
    alarm(crew, body="Tom & Ann <wait>")
    later(clock, 15)
    delivery.drain(5)
    (mail,) = smtp.messages
    assert mail["To"] == on_call.email
    assert mail["Subject"] == "Nobody has opened: Will begin late: Boiler"
    text, html = (part(mail, kind) for kind in ("plain", "html"))
    assert "Tom & Ann <wait>" in text
    assert "Tom &amp; Ann &lt;wait&gt;" in html
    assert "has waited for 15 min" in " ".join(text.split())
    for words in (text, html):
        assert "/notifications/" in words
        assert "nsubscribe" not in words
    assert "List-Unsubscribe" not in mail
    (row,) = mails()
    assert (row.state, row.words.count("/notifications/")) == (State.SENT, 1)


def part(mail: Any, kind: str) -> str:
    found = mail.get_body((kind,))
    return str(found.get_content())


def seen(user: User, row: AppNotification) -> None:
    AppNotification.note_seen(user, [row.pk])


def all_seen(user: User, _row: AppNotification) -> None:
    AppNotification.note_all_seen(user)


def dismissed(user: User, row: AppNotification) -> None:
    AppNotification.dismiss(user, row.pk)


def all_dismissed(user: User, _row: AppNotification) -> None:
    AppNotification.dismiss_all(user, until=timezone.now())


def snoozed(user: User, row: AppNotification) -> None:
    AppNotification.snooze(user, row.pk, until=NOW + 5 * MINUTE)


def taken(user: User, row: AppNotification) -> None:
    taking.take(user, row.pk)


@pytest.mark.parametrize("opens", [seen, all_seen, dismissed, all_dismissed, snoozed, taken])
def test_one_who_opens_it_is_enough(on_call: User, crew: list[User], clock: Any, opens: Any) -> None:
    alarm(crew)
    opens(crew[1], AppNotification.objects.get(owner=crew[1]))
    clock.shift(MINUTE * 2)
    expire_app_notifications()  # what was dismissed is deleted
    later(clock, 30)
    assert mails() == []


def test_following_a_link_of_a_card_opens_it(on_call: User, crew: list[User], clock: Any) -> None:
    alarm(crew)
    client = Client()
    client.force_login(crew[0])
    client.post("/notifications/seen", {"id": str(AppNotification.objects.get(owner=crew[0]).pk)})
    later(clock, 30)
    assert mails() == []


def test_what_is_seen_of_one_card_is_not_seen_of_another(on_call: User, crew: list[User], clock: Any) -> None:
    record = alarm(crew)
    staff_cards.register(card_kind("test_alarm_2"))
    staff_cards.tell("test_alarm_2", crew, record, says(title="Other", priority=Priority.HIGH))
    alarm(crew)
    AppNotification.note_seen(
        crew[0], [AppNotification.objects.get(owner=crew[0], regarding_id=record.pk, kind=KIND).pk]
    )
    later(clock, 15)
    assert len(mails()) == 2


def test_news_that_nobody_opens_is_mailed_though_the_first_word_was_opened(
    on_call: User, crew: list[User], clock: Any
) -> None:
    record = alarm(crew)
    AppNotification.note_all_seen(crew[0])
    clock.shift(MINUTE * 30)
    alarm(crew, record)
    later(clock, 14)
    assert mails() == []
    later(clock, 1)
    assert len(mails()) == 1


@pytest.mark.parametrize("minutes", [0, 5])
def test_the_time_is_in_the_settings_and_nought_is_never(
    on_call: User, crew: list[User], clock: Any, minutes: int
) -> None:
    PortalSettings.objects.update(unopened_card_minutes=minutes)
    alarm(crew)
    later(clock, 5)
    later(clock, 60)
    assert len(mails()) == (1 if minutes else 0)


def test_normal_ones_and_what_people_send_are_not_mailed(on_call: User, crew: list[User], clock: Any) -> None:
    alarm(crew, priority=Priority.NORMAL)
    note(crew[0], priority=Priority.HIGH.value)
    later(clock, 60)
    assert mails() == []


def test_with_nobody_on_call_it_waits_and_old_ones_do_not_flood_whoever_is_chosen_later(
    crew: list[User], clock: Any
) -> None:
    old = alarm(crew)
    later(clock, 25 * 60)
    alarm(crew)
    later(clock, 15)
    assert mails() == []
    PortalSettings.objects.get().on_call.add(UserFactory())
    look_after_cards()
    (mail,) = mails()
    assert mail.regarding is not None
    assert mail.regarding.regarding != old


def test_a_cause_that_ended_is_not_mailed(on_call: User, crew: list[User], clock: Any) -> None:
    record = alarm(crew)
    record.delete()
    later(clock, 60)
    assert mails() == []


@pytest.mark.parametrize("how", ["ended", "opened", "withdrawn"])
def test_what_ends_or_is_opened_while_the_mail_waits_is_not_sent(
    on_call: User, crew: list[User], clock: Any, smtp: SmtpSink, how: str
) -> None:
    record = alarm(crew)
    later(clock, 15)
    if how == "ended":
        record.delete()  # before the worker has withdrawn the card
    elif how == "opened":
        AppNotification.note_all_seen(crew[0])
    else:
        staff_cards.withdraw(KIND, record)
    delivery.drain(5)
    (row,) = mails()
    assert (row.state, row.reason, smtp.messages) == (State.SUPERSEDED, Reason.CARD_SETTLED, [])


def test_a_mail_that_fails_is_a_card_of_its_own_which_is_not_mailed_in_turn(
    on_call: User, crew: list[User], dispatcher: User, clock: Any
) -> None:
    alarm(crew)
    later(clock, 15)
    (row,) = mails()
    CustomerNotification.objects.update(state=State.FAILED, reason=Reason.REFUSED)
    row.refresh_from_db()
    note_ends([row])
    (card,) = AppNotification.objects.filter(owner=dispatcher)
    assert (card.kind, card.priority) == (UNREACHED, Priority.NORMAL)
    assert on_call.email not in card.title + card.body
    outbox.send_again(row, by=dispatcher)
    look_after_cards()
    assert not AppNotification.objects.filter(kind=UNREACHED).exists()


def test_the_settings_page_has_the_minutes_and_who_is_on_call(admin: User, client: Client, dispatcher: User) -> None:
    client.force_login(admin)
    text = client.get("/admin/fsportal/portalsettings/1/change/").content.decode()
    part = text[text.index("In-app notifications") :]
    assert 'name="unopened_card_minutes" value="15"' in part
    assert 'name="on_call"' in part
    assert str(dispatcher) in part
