"""`manage.py send_app_notification` and `manage.py create_api_token`."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from fsportal.models import ApiToken, PortalSettings, User
from notifications.models import AppNotification, IconType, Priority, ToastType
from tests.notifications.web_api.stage import READ, Api, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita(db: None) -> User:
    return person(READ, username="rita")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_one_is_sent_and_its_id_printed(rita: User) -> None:
    said = run("send_app_notification", "rita", "--title", "Hello")
    row = AppNotification.objects.get()
    assert (said, row.owner, row.title, row.sender) == (str(row.pk), rita, "Hello", None)


def test_every_parameter_can_be_given(rita: User) -> None:
    run(
        "send_app_notification", "rita", "--title", "T", "--body", "B", "--priority", "high", "--icon", "100000003",
        "--toast", "Hidden", "--expiry", "60", "--override-json", '{"body": "**b**"}',
        "--actions-json", '[{"title": "Go", "data": {"url": "?pagetype=entitylist&etn=account"}}]',
    )  # fmt: skip
    row = AppNotification.objects.get()
    assert (row.priority, row.icon_type, row.toast_type) == (Priority.HIGH, IconType.WARNING, ToastType.HIDDEN)
    assert (row.ttl_in_seconds, row.body_html, row.content["actions"][0]["title"]) == (
        60,
        "<p><strong>b</strong></p>",
        "Go",
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody", "--title", "T"], "There is no user 'nobody'"),
        (["plain", "--title", "T"], "'Recipient' names a user without Read privilege"),
        (["rita", "--title", ""], "'Title' takes a text"),
        (["rita", "--title", "T", "--priority", "urgent"], "'Priority' got 'urgent'; it allows 200000000 (Normal)"),
        (["rita", "--title", "T", "--icon", "200000001"], "'IconType' got 200000001"),
        (["rita", "--title", "T", "--expiry", "0"], "'Expiry' got 0"),
        (["rita", "--title", "T", "--override-json", "{"], "--override-json is not valid JSON"),
        (["rita", "--title", "T", "--actions-json", "5"], "'Actions' takes an object"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(rita: User, arguments: list[str], words: str) -> None:
    person(username="plain")
    with pytest.raises(CommandError) as error:
        run("send_app_notification", *arguments)
    assert words in str(error.value)
    assert not AppNotification.objects.exists()


def test_the_switch_of_the_settings_stops_it(rita: User) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_notifications": False})
    with pytest.raises(CommandError, match="switched off"):
        run("send_app_notification", "rita", "--title", "T")


def test_a_token_is_printed_once_and_works(rita: User) -> None:
    text = run("create_api_token", "rita", "--name", "ERP", "--days", "30")
    token = ApiToken.objects.get()
    assert (token.name, token.user) == ("ERP", rita)
    assert abs(token.expires_at - timezone.now() - dt.timedelta(days=30)) < dt.timedelta(minutes=5)
    api = Api(None)
    api.token = text
    assert api.get("WhoAmI").json["UserId"] == str(rita.pk)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody"], "There is no user"),
        (["gone"], "is not active"),
        (["rita", "--days", "0"], "--days takes 1 to 3650"),
        (["rita", "--days", "3651"], "--days takes 1 to 3650"),
        (["rita", "--name", ""], "--name takes"),
    ],
)
def test_a_token_that_would_open_nothing_is_not_made(rita: User, arguments: list[Any], words: str) -> None:
    person(username="gone", is_active=False)
    with pytest.raises(CommandError, match=words):
        run("create_api_token", *arguments)
    assert not ApiToken.objects.exists()
