"""Email through an HTTP provider (the extra `anymail`): what each answer means."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest
from pytest_django import Settings

from notifications.customers.channels.base import DeliveryError, EmailMessage
from notifications.customers.channels.email import EmailBackend
from tests.servers import Answer, TwilioServer

pytest.importorskip("anymail")

MESSAGE = EmailMessage(
    id=UUID("11111111-2222-3333-4444-555555555555"),
    to="anna@example.com",
    to_name="Łukasz Żak",
    from_name="Contoso",
    reply_to="help@contoso.example",
    subject="Your visit",
    text="Omar comes at 10:20.",
    html="<p>Omar comes at 10:20.</p>",
    unsubscribe_url="https://portal.example/unsubscribe/abc/",
    calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
)
TAKEN = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "anna@example.com"}


@pytest.fixture
def provider(settings: Settings) -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "secret", "POSTMARK_API_URL": server.url}
        yield server


def failure() -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        EmailBackend().send(MESSAGE)
    return caught.value


def test_a_message_that_the_provider_took_has_its_id(provider: TwilioServer) -> None:
    provider.answer = Answer(200, TAKEN)
    channel = EmailBackend()

    assert channel.send(MESSAGE).provider_id == "pm-1"
    assert channel.send(MESSAGE).provider == "email"
    assert b"visit.ics" in provider.requests[0].body
    assert b"List-Unsubscribe-Post" in provider.requests[0].body


@pytest.mark.parametrize(
    ("answer", "reason", "permanent", "uncertain"),
    [
        (Answer(422, {"ErrorCode": 402, "Message": "Invalid JSON"}), "refused", True, False),
        (Answer(401, {"ErrorCode": 10, "Message": "Bad token"}), "login_refused", False, False),
        (Answer(429, {}), "busy", False, False),
        (Answer(503, ""), "busy", False, False),
        (Answer(500, ""), "provider_error", False, True),
        (Answer(drop=True), "no_answer", False, True),
    ],
)
def test_each_answer_says_whether_to_try_again(
    provider: TwilioServer, answer: Answer, reason: str, permanent: bool, uncertain: bool
) -> None:
    provider.answer = answer
    error = failure()

    assert (error.reason, error.permanent, error.uncertain) == (reason, permanent, uncertain)
    assert "secret" not in str(error)


def test_a_provider_that_is_not_there_is_tried_again(settings: Settings) -> None:
    with TwilioServer() as gone:
        url = gone.url
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "secret", "POSTMARK_API_URL": url}
    error = failure()

    assert (error.reason, error.permanent, error.uncertain) == ("unreachable", False, False)


def test_our_id_travels_with_the_message_and_comes_back_with_reports(provider: TwilioServer) -> None:
    provider.answer = Answer(200, TAKEN)
    EmailBackend().send(MESSAGE)

    assert json.loads(provider.requests[0].body)["Metadata"] == {"message": str(MESSAGE.id)}
