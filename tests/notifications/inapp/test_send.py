"""Sending: what is stored, what is refused and with which words, who may send to whom, and many at once."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import TestCase
from django.utils import timezone

from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.inapp.draft import AppNotificationDraft
from notifications.inapp.errors import InvalidParameter, MissingPrivilege
from notifications.inapp.privileges import has_bell, readable
from notifications.inapp.send import send_app_notification, send_to_many
from notifications.models import AppNotification, IconType, Priority, ToastType
from tests.factories import BusinessUnitFactory, UserFactory

pytestmark = pytest.mark.django_db

SEND, READ, CREATE = "send_appnotification", "view_appnotification", "add_appnotification"


def person(*codenames: str, **fields: Any) -> User:
    """Return a user with these privileges on the app notification table."""
    user: User = UserFactory(**fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def reading() -> User:
    return person(READ)


def test_the_defaults_are_those_of_dynamics(reading: User) -> None:
    sent = send_app_notification(title="Welcome", recipient=reading)
    row = AppNotification.objects.get()
    assert (row.pk, row.title, row.body, row.data) == (sent.pk, "Welcome", "", "")
    assert (row.priority, row.icon_type, row.toast_type) == (Priority.NORMAL, IconType.INFO, ToastType.TIMED)
    assert row.ttl_in_seconds == 14 * 24 * 3600
    assert row.expires_at == row.created_on + dt.timedelta(days=14)


def test_the_default_expiry_is_the_settings(reading: User) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_expiry_days": 3})
    assert send_app_notification(title="x", recipient=reading).ttl_in_seconds == 3 * 24 * 3600


def test_title_and_body_are_plain_and_the_override_is_markdown(reading: User) -> None:
    plain = send_app_notification(title="**a** <i>", body="_b_", recipient=reading)
    assert (plain.title_html, plain.body_html) == ("**a** &lt;i&gt;", "_b_")
    override = {"@odata.type": "#Microsoft.Dynamics.CRM.expando", "title": "**a**", "body": "_b_"}
    shown = send_app_notification(title="a", body="b", recipient=reading, override_content=override)
    assert (shown.title_html, shown.body_html) == ("<strong>a</strong>", "<p><em>b</em></p>")
    assert shown.content == {"title": "**a**", "body": "_b_"}


def test_an_override_of_spaces_leaves_title_and_body_as_they_are(reading: User) -> None:
    sent = send_app_notification(title="a", body="b", recipient=reading, override_content={"title": " ", "body": "\n"})
    assert (sent.title_html, sent.body_html) == ("a", "b")


def nested(levels: int) -> Any:
    inner: Any = "x"
    for _level in range(levels):
        inner = {"a": inner}
    return inner


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"title": ""}, "The parameter 'Title' takes a text"),
        ({"title": "x" * 257}, "'Title' allows 256 characters at most; it got 257"),
        ({"title": 5}, "'Title' takes a text; it got 5"),
        ({"body": "x" * 501}, "'Body' allows 500"),
        ({"priority": 1}, "'Priority' got 1; it allows 200000000 (Normal), 200000001 (High)."),
        ({"priority": IconType.WARNING.value}, "That value would be Warning for IconType."),
        ({"icon_type": 200000001}, "That value would be High for Priority or Hidden for ToastType."),
        ({"toast_type": "200000000"}, "'ToastType' got '200000000'"),
        ({"priority": True}, "'Priority' got true"),
        ({"expiry": True}, "'Expiry' got true"),
        ({"expiry": 0}, "'Expiry' got 0; it allows 1 to 2147483647 seconds."),
        ({"expiry": 2147483648}, "'Expiry' got 2147483648"),
        ({"icon_type": 100000005}, "'IconType' is Custom, which takes an 'iconUrl'"),
        (
            {"override_content": {"navigationTarget": "blank"}},
            "'OverrideContent.navigationTarget' got 'blank'; it allows dialog, inline, newWindow.",
        ),
        ({"override_content": {"body": 5}}, "'OverrideContent.body' takes a text; it got 5"),
        ({"override_content": []}, "'OverrideContent' takes an object"),
        ({"override_content": {"iconUrl": "https://evil.example/i.png"}}, "'OverrideContent.iconUrl' got"),
        ({"override_content": {"iconUrl": "/static/\ud800.png"}}, "'OverrideContent.iconUrl' got"),
        ({"override_content": nested(3000)}, "'OverrideContent' is nested deeper than 32 levels"),
        ({"actions": {"actions": [{"title": "t", "data": nested(3000)}]}}, "'Actions' is nested deeper than 32 levels"),
        (
            {"actions": {"actions": [{"title": "t", "data": {"url": "https://a.example/\ud800"}}]}},
            "'Actions.actions[0].data.url' got",
        ),
        (
            {"actions": {"actions": [{"title": "\u202e\ud800", "data": {"url": "/a"}}]}},
            "'Actions.actions[0].title' takes a text",
        ),
        ({"override_content": {"iconUrl": "/static/../media/x.png"}}, "'OverrideContent.iconUrl' got"),
        ({"override_content": {"body": "x" * 5000}}, "'Data' allows 5000 characters"),
        ({"actions": {"actions": "x"}}, "'Actions.actions' takes a list"),
        ({"actions": {"actions": [{"title": "t", "data": {"url": "/a"}}] * 11}}, "10 actions at most; it got 11"),
        ({"actions": {"actions": [{"data": {"url": "/a"}}]}}, "'Actions.actions[0].title' takes a text"),
        (
            {"actions": {"actions": [{"title": "t", "data": {"url": "javascript:alert(1)"}}]}},
            "'Actions.actions[0].data.url' got 'javascript:alert(1)'",
        ),
        ({"actions": {"actions": [{"title": "t", "data": {}}]}}, "data.type' got null; it allows url, sidepane"),
        (
            {
                "actions": {
                    "actions": [{"title": "t", "data": {"type": "teamsChat", "chatId": "1", "memberIds": ["x"]}}]
                }
            },
            "memberIds' must not stand beside 'chatId'",
        ),
        (
            {"actions": {"actions": [{"title": "t", "data": {"type": "teamsChat", "memberIds": ["x"]}}]}},
            "memberIds[0]' takes a GUID",
        ),
        (
            {
                "actions": {
                    "actions": [
                        {
                            "title": "t",
                            "data": {
                                "type": "sidepane",
                                "paneOptions": {"width": 10},
                                "navigationTarget": {"pageType": "entitylist", "entityName": "account"},
                            },
                        }
                    ]
                }
            },
            "paneOptions.width' got 10; it allows 200 to 1200 pixels",
        ),
    ],
)
def test_bad_input_is_named_and_nothing_is_stored(reading: User, parameters: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"title": "t", "recipient": reading} | parameters
    with pytest.raises(InvalidParameter) as error:
        send_app_notification(**given)
    assert words in str(error.value)
    assert str(error.value).encode()  # the answer can be written, whatever came in
    assert not AppNotification.objects.exists()


def test_an_action_with_a_url_and_no_type_is_a_url(reading: User) -> None:
    rows = [
        {"title": "View cases", "data": {"url": "?pagetype=entitylist&etn=incident", "navigationTarget": "newWindow"}}
    ]
    sent = send_app_notification(title="t", recipient=reading, actions={"actions": rows})
    assert sent.content["actions"][0]["data"]["type"] == "url"


def test_hidden_and_turning_characters_come_into_no_words_of_an_action(reading: User) -> None:
    bad = "a\u202e\ud800\x00b"
    page = {"pageType": "entitylist", "entityName": "account"}
    member = "0a9f62a8-90df-e311-9565-a45d36fc5fe8"
    rows: list[dict[str, Any]] = [
        {"title": bad, "data": {"type": "sidepane", "paneOptions": {"title": bad}, "navigationTarget": page}},
        {"title": bad, "data": {"type": "teamsChat", "memberIds": [member], "chatTitle": bad, "initialMessage": bad}},
        {"title": bad, "data": {"type": "teamsChat", "chatId": bad}},
    ]
    pane, chat, known = send_app_notification(title="t", recipient=reading, actions={"actions": rows}).content[
        "actions"
    ]
    assert pane["title"] == pane["data"]["paneOptions"]["title"] == known["data"]["chatId"] == "ab"
    assert chat["data"]["chatTitle"] == chat["data"]["initialMessage"] == "ab"


def test_a_user_without_read_privilege_receives_nothing() -> None:
    with pytest.raises(InvalidParameter, match="without Read privilege"):
        send_app_notification(title="t", recipient=person())
    assert not has_bell(person(SEND, CREATE))


# --- Privileges -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("held", "reaches"),
    [
        ((), set()),
        ((SEND,), set()),
        ((SEND, READ), set()),
        ((READ, CREATE), set()),
        ((SEND, READ, CREATE), {"oneself"}),
        ((SEND, "view_local_appnotification"), {"oneself", "unit"}),
        ((SEND, "view_deep_appnotification"), {"oneself", "unit", "below"}),
        ((SEND, "view_global_appnotification"), {"oneself", "unit", "below", "elsewhere"}),
        (("view_global_appnotification",), set()),
    ],
)
def test_who_may_send_to_whom(held: tuple[str, ...], reaches: set[str]) -> None:
    root = BusinessUnitFactory()
    mine = BusinessUnitFactory(parent=root)
    below = BusinessUnitFactory(parent=BusinessUnitFactory(parent=mine))
    people = {
        "unit": person(READ, business_unit=mine),
        "below": person(READ, business_unit=below),
        "elsewhere": person(READ, business_unit=root),
    }
    sender = person(*held, business_unit=mine)
    # Oneself can be sent to only where one can read.
    people["oneself"] = sender
    sent = set()
    for who, recipient in people.items():
        try:
            send_app_notification(title="t", recipient=recipient, sender=sender)
        except (MissingPrivilege, InvalidParameter):
            continue
        sent.add(who)
    assert sent == reaches
    assert AppNotification.objects.count() == len(reaches)


def test_what_may_be_read_follows_the_same_levels() -> None:
    unit = BusinessUnitFactory()
    colleague, stranger = person(READ, business_unit=unit), person(READ)
    for recipient in (colleague, stranger):
        send_app_notification(title="t", recipient=recipient)
    assert set(readable(colleague).values_list("owner", flat=True)) == {colleague.pk}
    local = person("view_local_appnotification", business_unit=unit)
    assert set(readable(local).values_list("owner", flat=True)) == {colleague.pk}
    assert readable(person("view_global_appnotification")).count() == 2
    assert not readable(person()).exists()


# --- Many -----------------------------------------------------------------------------------------------------------
def test_one_call_to_many_is_a_row_each_for_those_who_can_receive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.inapp.send._chunk", lambda: 3)
    able = [person(READ) for _ in range(7)]
    person()
    person(READ, is_active=False)
    note = AppNotificationDraft.of(title="t", body="b", override_content={"body": "**b**"}, actions={"actions": []})
    sending = uuid.uuid4()
    made = send_to_many(note, User.objects.all(), sending=sending, kind="test")
    rows = AppNotification.objects.all()
    assert (made, {row.owner_id for row in rows}) == (7, {user.pk for user in able})
    assert {(row.title, row.body_html, row.kind, row.sending) for row in rows} == {
        ("t", "<p><strong>b</strong></p>", "test", sending)
    }
    assert len({row.pk for row in rows}) == 7
    assert all(row.expires_at > timezone.now() for row in rows)
    assert send_to_many(note, User.objects.all(), sending=sending) == 0


def test_nobody_of_many_gets_it_when_one_is_out_of_reach() -> None:
    sender = person(SEND, "view_local_appnotification", business_unit=BusinessUnitFactory())
    person(READ, business_unit=sender.business_unit)
    person(READ, business_unit=BusinessUnitFactory())
    with pytest.raises(MissingPrivilege, match="Local level does not reach"):
        send_to_many(AppNotificationDraft.of(title="t"), User.objects.all(), sender=sender)
    assert not AppNotification.objects.exists()


def test_a_sending_begins_each_time_anew_and_is_told_to_everybody() -> None:
    reader = person(READ)
    before = stamps.current(reader.pk)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert [send_to_many(AppNotificationDraft.of(title="t"), User.objects.all()) for _time in range(2)] == [1, 1]
    assert stamps.current(reader.pk) != before


def test_a_sender_is_kept_with_what_was_sent() -> None:
    sender = person(SEND, "view_global_appnotification")
    one = send_app_notification(title="t", recipient=sender, sender=sender)
    send_to_many(AppNotificationDraft.of(title="t"), User.objects.filter(pk=sender.pk), sender=sender)
    assert one.sender == sender
    assert {row.sender for row in AppNotification.objects.all()} == {sender}


def test_somebody_who_is_gone_has_no_bell_and_receives_nothing() -> None:
    gone = person(READ, is_active=False)
    assert not has_bell(gone)
    with pytest.raises(InvalidParameter, match="without Read privilege"):
        send_app_notification(title="t", recipient=gone)


def test_who_may_send_but_not_read_is_told_what_is_missing(reading: User) -> None:
    with pytest.raises(MissingPrivilege, match="Read privilege on the app notification table is missing"):
        send_app_notification(title="t", recipient=reading, sender=person(SEND))


@pytest.mark.parametrize("level", ["local", "deep"])
def test_who_has_no_business_unit_reaches_nobody_else(level: str) -> None:
    sender = person(SEND, f"view_{level}_appnotification", business_unit=None)
    for unit in (None, BusinessUnitFactory(), BusinessUnitFactory(parent=BusinessUnitFactory())):
        with pytest.raises(MissingPrivilege):
            send_app_notification(title="t", recipient=person(READ, business_unit=unit), sender=sender)
    send_app_notification(title="t", recipient=sender, sender=sender)


def test_read_privilege_by_a_group_counts_once_however_many_groups() -> None:
    reader = person()
    for name in ("one", "two"):
        group = Group.objects.create(name=name)
        group.permissions.set(Permission.objects.filter(codename=READ))
        reader.groups.add(group)
    assert send_to_many(AppNotificationDraft.of(title="t"), User.objects.all()) == 1


def test_what_was_dismissed_is_readable_by_nobody(reading: User) -> None:
    AppNotification.dismiss(reading, send_app_notification(title="t", recipient=reading).pk)
    assert not readable(reading).exists()
    assert not readable(person("view_global_appnotification")).exists()
