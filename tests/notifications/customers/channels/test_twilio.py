"""Twilio's documented API over real HTTP: what is sent, and what each answer means."""

import base64
import hmac
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from fsportal.conf.environment import sms_config
from notifications.customers.channels.base import DeliveryError, SmsMessage
from notifications.customers.channels.twilio import TwilioBackend, is_local, status_of, verify_signature
from tests.servers import Answer, TwilioServer, twilio_error

MESSAGE = SmsMessage(
    id=UUID("11111111-2222-3333-4444-555555555555"),
    to="+442079460018",
    text="Contoso: Omar comes at 10:20 & rings.",
    callback_url="https://portal.example/sms/status/",
)
# The example of Twilio's own documentation and libraries.
SIGNED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
SIGNED_PARAMS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
SIGNATURE, TOKEN = "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345"


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


def failure(twilio: TwilioServer, answer: Answer) -> DeliveryError:
    twilio.answer = answer
    with closing(TwilioBackend(sms_config(twilio.sms_url))) as channel, pytest.raises(DeliveryError) as caught:
        channel.send(MESSAGE)
    return caught.value


def test_the_form_and_login_are_those_of_the_documentation(twilio: TwilioServer) -> None:
    with closing(TwilioBackend(sms_config(twilio.sms_url))) as channel:
        receipt = channel.send(MESSAGE)

    (request,) = twilio.requests
    assert request.path == f"/2010-04-01/Accounts/{twilio.account}/Messages.json"
    assert request.login == (twilio.account, twilio.token)
    assert request.form == {
        "To": "+442079460018",
        "From": "+15550100000",
        "Body": "Contoso: Omar comes at 10:20 & rings.",
        "StatusCallback": "https://portal.example/sms/status/",
    }
    assert (receipt.provider, receipt.provider_id, receipt.segments) == ("twilio", twilio.messages[0]["sid"], 1)
    assert twilio.token not in channel.described


def test_a_messaging_service_takes_the_place_of_the_sender(twilio: TwilioServer) -> None:
    twilio.sender = "MG00000000000000000000000000000001"
    twilio.answer = Answer(201, {"sid": "SM1", "num_segments": "0"})
    with closing(TwilioBackend(sms_config(twilio.sms_url))) as channel:
        receipt = channel.send(replace(MESSAGE, text="x" * 161, callback_url=""))

    assert twilio.requests[0].form["MessagingServiceSid"] == twilio.sender
    assert "From" not in twilio.requests[0].form
    assert "StatusCallback" not in twilio.requests[0].form
    assert receipt.segments == 2


@pytest.mark.parametrize(
    ("answer", "reason", "permanent", "uncertain"),
    [
        (twilio_error(400, 21610, "Attempt to send to unsubscribed recipient"), "opted_out", True, False),
        (twilio_error(400, 21211, "The 'To' number is not a valid phone number"), "bad_number", True, False),
        (twilio_error(400, 21614, "'To' number is not a valid mobile number"), "bad_number", True, False),
        (twilio_error(400, 21408, "Permission to send has not been enabled"), "country_refused", True, False),
        (twilio_error(400, 21617, "The concatenated message body is too long"), "too_long", True, False),
        (twilio_error(400, 99999, "Something new"), "refused", True, False),
        (twilio_error(400, 21606, "The From phone number is not valid"), "sender_refused", False, False),
        (twilio_error(400, 21609, "The StatusCallback URL is not valid"), "misconfigured", False, False),
        (twilio_error(401, 20003, "Authenticate"), "login_refused", False, False),
        (twilio_error(404, 20404, "Not found"), "misconfigured", False, False),
        (twilio_error(429, 20429, "Too many requests"), "busy", False, False),
        (Answer(503, "<h1>Service unavailable</h1>"), "busy", False, False),
        (Answer(500, "<h1>Oops</h1>"), "provider_error", False, True),
        (Answer(502, ""), "provider_error", False, True),
        (Answer(504, ""), "provider_error", False, True),
        (Answer(400, "<h1>Bad request</h1>"), "unexpected_answer", False, False),
        (Answer(302, "", {"Location": "/elsewhere"}), "misconfigured", False, False),
        (Answer(200, "<h1>Welcome</h1>"), "unexpected_answer", False, True),
        (Answer(201, ["not", "an", "object"]), "unexpected_answer", False, True),
        (Answer(drop=True), "no_answer", False, True),
    ],
)
def test_each_answer_says_whether_to_try_again(
    twilio: TwilioServer, answer: Answer, reason: str, permanent: bool, uncertain: bool
) -> None:
    error = failure(twilio, answer)

    assert (error.reason, error.permanent, error.uncertain) == (reason, permanent, uncertain)
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("7", 7, 7), ("Fri, 01 Jan 2100 00:00:00 GMT", 1e9, 1e10), ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0)],
)
def test_the_wait_that_the_provider_asks_for_is_passed_on(
    twilio: TwilioServer, header: str, least: float, most: float
) -> None:
    error = failure(twilio, twilio_error(429, 20429, "Too many requests", Retry_After=header))

    assert error.retry_after is not None
    assert least <= error.retry_after <= most


def test_a_wait_that_nobody_can_read_is_none(twilio: TwilioServer) -> None:
    assert failure(twilio, twilio_error(429, 20429, "Too many", Retry_After="soon")).retry_after is None


def test_an_answer_that_never_comes_leaves_it_uncertain(twilio: TwilioServer) -> None:
    twilio.answer = Answer(hang=True)
    channel = TwilioBackend(sms_config(twilio.sms_url), timeout=httpx.Timeout(0.1))
    with closing(channel), pytest.raises(DeliveryError) as caught:
        channel.send(MESSAGE)

    assert (caught.value.reason, caught.value.uncertain) == ("no_answer", True)


def test_a_provider_that_is_not_there_is_tried_again(twilio: TwilioServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    config = sms_config(f"twilio://AC1:secret@+15550100000?base_url=http://127.0.0.1:{port}")
    with closing(TwilioBackend(config)) as channel, pytest.raises(DeliveryError) as caught:
        channel.send(MESSAGE)

    assert (caught.value.reason, caught.value.permanent, caught.value.uncertain) == ("unreachable", False, False)
    assert "secret" not in str(caught.value)


def test_the_reason_in_the_log_holds_no_whole_number(twilio: TwilioServer) -> None:
    error = failure(twilio, twilio_error(400, 21211, "The 'To' number +442079460018 is not a valid phone number."))

    assert "2079460018" not in str(error)
    assert "is not a valid phone number" in error.detail


def test_the_signature_of_twilios_own_example_is_right() -> None:
    assert verify_signature(SIGNED_URL, SIGNED_PARAMS, SIGNATURE, TOKEN)


def test_a_default_port_that_one_side_writes_does_no_harm() -> None:
    with_port = urlsplit(SIGNED_URL)._replace(netloc="mycompany.com:443").geturl()

    assert verify_signature(with_port, SIGNED_PARAMS, SIGNATURE, TOKEN)


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ("url", SIGNED_URL + "&more=1"),
        ("url", SIGNED_URL.replace("https", "http")),
        ("url", SIGNED_URL.replace(".com", ".com:8443")),
        ("params", {**SIGNED_PARAMS, "Digits": "1235"}),
        ("params", {**SIGNED_PARAMS, "More": "1"}),
        ("signature", ""),
        ("signature", "é" * 28),
        ("token", "12346"),
        ("token", ""),
    ],
)
def test_any_change_breaks_the_signature(changed: str, value: Any) -> None:
    call: dict[str, Any] = {"url": SIGNED_URL, "params": SIGNED_PARAMS, "signature": SIGNATURE, "token": TOKEN}

    assert not verify_signature(**(call | {changed: value}))


def test_without_a_token_nothing_is_signed() -> None:
    signed_with_nothing = base64.b64encode(hmac.new(b"", b"https://portal.example/", "sha1").digest()).decode()

    assert not verify_signature("https://portal.example/", {}, signed_with_nothing, "")


@pytest.mark.parametrize(
    ("params", "state", "reason"),
    [
        ({"MessageStatus": "queued"}, "sent", ""),
        ({"MessageStatus": "sent"}, "sent", ""),
        ({"MessageStatus": "delivered"}, "delivered", ""),
        ({"MessageStatus": "read"}, "delivered", ""),
        ({"MessageStatus": "undelivered", "ErrorCode": "30003"}, "failed", "unreachable"),
        ({"MessageStatus": "undelivered", "ErrorCode": "30006"}, "failed", "landline"),
        ({"MessageStatus": "failed", "ErrorCode": "21610"}, "failed", "opted_out"),
        ({"MessageStatus": "failed", "ErrorCode": "31337"}, "failed", "twilio_31337"),
        ({"MessageStatus": "failed"}, "failed", "not_delivered"),
        ({"MessageStatus": "canceled", "ErrorCode": "<b>"}, "failed", "not_delivered"),
        ({"MessageStatus": "brand-new"}, "sent", ""),
        ({}, "sent", ""),
    ],
)
def test_each_status_of_twilio_is_one_of_ours(params: dict[str, str], state: str, reason: str) -> None:
    assert status_of(params) == (state, reason)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/hooks/sms/1/", True),
        ("http://localhost/hooks/sms/1/", True),
        ("http://192.168.1.5/hooks/sms/1/", True),
        ("http://[::1]:8000/hooks/sms/1/", True),
        ("https://portal.example.com/hooks/sms/1/", False),
        ("https://8.8.8.8/hooks/sms/1/", False),
    ],
)
def test_a_callback_that_twilio_cannot_reach_is_known(url: str, local: bool) -> None:
    assert is_local(url) is local
